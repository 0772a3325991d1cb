import Type from 'typebox';
import { choice, closed, SCHEMA_LINE, text } from './field.ts';

/** `automations/<name>.script.json`, `agents/<name>/AGENT.script.json` and `tests/*.json`: turns of the scripted model (SPEC §6.6). */
export const ScriptFile = closed(
  {
    $schema: SCHEMA_LINE,
    automation: Type.Optional(
      text("Name of the automation that it plays. Required in `tests/`; default beside an automation: that one's."),
    ),
    agent: Type.Optional(
      text("Name of the sub-agent that it plays, instead of an automation. Default beside an AGENT.md: that one's."),
    ),
    description: Type.Optional(text('What it shows.')),
    turns: Type.Array(
      closed(
        {
          text: Type.Optional(
            Type.String({
              description: 'What the model says: Jinja over `results` (the tool results so far) and `event`.',
            }),
          ),
          toolCalls: Type.Optional(
            Type.Array(
              closed(
                {
                  tool: text('Name of the tool.'),
                  input: Type.Unknown({ description: 'Its arguments; strings are Jinja as in `text`.' }),
                },
                'A call.',
              ),
              { description: 'What it calls, all at once. Default: nothing, which ends the session.' },
            ),
          ),
          finish: Type.Optional(
            choice(
              ['stop', 'tool-calls', 'length', 'content-filter', 'refusal', 'error', 'other'],
              'Why the model stops. Default: `tool-calls` with calls, else `stop`.',
            ),
          ),
        },
        'One answer of the model.',
      ),
      { minItems: 1, description: 'The answers, one a step.' },
    ),
  },
  'Turns that the scripted model plays for an automation.',
);

/** The file as it is written. */
export type ScriptFile = Type.Static<typeof ScriptFile>;
