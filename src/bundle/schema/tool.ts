import Type from 'typebox';
import { anyObject, choice, closed, count, SCHEMA_LINE, secret, text } from './field.ts';

const COMMON = {
  $schema: SCHEMA_LINE,
  description: text('What it does and when to use it; told to the model.'),
  parameters: Type.Optional(
    anyObject('JSON Schema of the arguments, an object. More arguments than it names are refused. Default: none.'),
  ),
};

/** `tools/<name>/tool.json`, by `type`. */
export const ToolFile = Type.Union(
  [
    closed(
      {
        ...COMMON,
        type: Type.Literal('http'),
        connection: text('Name of the connection.'),
        method: choice(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'], 'The method, in capitals.'),
        endpoint: text('`/path/{argument}` below the connection; an argument is one whole segment.'),
        params: Type.Optional(anyObject('Query parameters. Texts are Jinja over `input`. Default: none.')),
        headers: Type.Optional(
          Type.Record(Type.String(), text('The value of one header: Jinja over `input`.'), {
            description: 'Request headers, of those that a model may ask for. Default: none.',
          }),
        ),
        body: Type.Optional(
          Type.Unknown({
            description:
              'The body. A text that is one path, such as `"{{ input.amount }}"`, becomes that argument itself, and is left out where it is not given; other texts are Jinja over `input`.',
          }),
        ),
      },
      'One request of a connection.',
    ),
    closed(
      {
        ...COMMON,
        type: Type.Literal('chain'),
        steps: Type.Array(
          closed(
            {
              name: text('Snake case; later steps read its answer as `steps.<name>`.'),
              tool: text('Name of the tool.'),
              input: Type.Optional(
                anyObject('Its arguments; texts are Jinja over `input` and `steps`. Default: none.'),
              ),
            },
            'A call of another tool.',
          ),
          { minItems: 1, maxItems: 20, description: 'The calls, one after the other; the first that fails ends it.' },
        ),
        result: Type.Optional(
          Type.Unknown({
            description: 'What the model gets; texts as in `input`. Default: the answer of the last step.',
          }),
        ),
      },
      'Calls of other tools, one after the other.',
    ),
    closed(
      {
        ...COMMON,
        type: Type.Literal('handler'),
        effect: Type.Optional(
          choice(
            ['read', 'write'],
            '`read`: it changes nothing anywhere. Default `write`: runs must name it in `writes.operations`.',
          ),
        ),
        env: Type.Optional(
          Type.Record(Type.String(), secret('The value of one variable.'), {
            description: 'The only environment variables that it gets. Default: none.',
          }),
        ),
        timeoutSeconds: Type.Optional(
          count(
            { minimum: 1, maximum: 3600 },
            "Seconds that a call may last. Default: the automation's `limits.toolTimeoutSeconds`, which holds in any case.",
          ),
        ),
      },
      'The program `handler.mjs` beside this file: arguments as JSON on stdin, the answer on stdout.',
    ),
  ],
  { description: 'A tool of this bundle. The name of its folder, in snake case, is its name.' },
);

/** The file as it is written. */
export type ToolFile = Type.Static<typeof ToolFile>;
