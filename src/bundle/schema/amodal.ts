import Type from 'typebox';
import { DeliveryFile, FailureAlertFile } from './delivery.ts';
import { closed, count, days, flag, SCHEMA_LINE, text, texts, value } from './field.ts';
import { McpServerFile } from './mcp.ts';
import { MemoryFile } from './memory.ts';
import { BudgetFile, LIMITS, ModelFile } from './model.ts';

/** `amodal.json` (SPEC §2.1). */
export const AmodalFile = closed(
  {
    $schema: SCHEMA_LINE,
    name: Type.Optional(text("The bundle's name. Default: its folder's.")),
    version: Type.Optional(Type.String({ description: 'Any text. Default `0`.' })),
    description: Type.Optional(text('What the bundle is for.')),
    basePrompt: Type.Optional(text('Who the agent is and how it works, in front of each system message.')),
    models: Type.Optional(
      closed(
        { main: Type.Optional(ModelFile), simple: Type.Optional(ModelFile) },
        'The models by role. Default `main`: by the key that is set (ANTHROPIC_API_KEY, OPENAI_API_KEY, GOOGLE_API_KEY), else `scripted`.',
      ),
    ),
    timezone: Type.Optional(text("IANA zone of schedules that name none. Default `UTC`, never the host's.")),
    budget: Type.Optional(BudgetFile),
    limits: Type.Optional(
      closed(
        {
          ...LIMITS,
          concurrency: Type.Optional(count({ minimum: 1, maximum: 1000 }, 'Runs at once in a process. Default 10.')),
          queue: Type.Optional(count({ minimum: 1 }, 'Runs that may wait; over it webhooks get 503. Default 10000.')),
          queueBytes: Type.Optional(
            count(
              { minimum: 1024 },
              'Bytes of the events that may wait; over it webhooks get 503. Default 268435456 (256 MiB).',
            ),
          ),
        },
        'Defaults for every automation, and the limits of the process.',
      ),
    ),
    delivery: Type.Optional(DeliveryFile),
    failureAlert: Type.Optional(FailureAlertFile),
    server: Type.Optional(
      closed(
        {
          publicUrl: Type.Optional(value('The URL under which senders reach this server, without a path.')),
          trustedProxies: Type.Optional(
            Type.Union(
              [
                texts('Networks of the proxies, e.g. `10.0.0.0/8`.'),
                count({ minimum: 0, maximum: 20 }, 'How many proxies stand in front.'),
              ],
              {
                description:
                  'Whose `X-Forwarded-For` counts: the networks of the proxies, or how many of them stand in front. Default: none.',
              },
            ),
          ),
          host: Type.Optional(text('Address to listen on. Default `127.0.0.1`.')),
          port: Type.Optional(count({ minimum: 0, maximum: 65_535 }, 'TCP port; 0 = any free one. Default 3847.')),
        },
        'The HTTP server.',
      ),
    ),
    retention: Type.Optional(
      closed(
        {
          runsDays: Type.Optional(
            days('Ended runs, with their events, transcripts, deliveries and spend. Default 90; `null`: for ever.'),
          ),
          auditDays: Type.Optional(days('Records of the audit trail. Default `null`: for ever.')),
        },
        'How many days history is kept. What is under way or not yet delivered always is.',
      ),
    ),
    webhookRuns: Type.Optional(
      closed(
        {
          tools: Type.Optional(texts('Names of tools, `name_*` for all that begin so. Default: all.')),
          connections: Type.Optional(texts('Names of connections. Default: all.')),
          skills: Type.Optional(texts('Names of skills. Default: all.')),
          agents: Type.Optional(texts('Names of sub-agents. Default: all.')),
        },
        'What runs that a webhook started get at most, whatever their automation lists.',
      ),
    ),
    mcp: Type.Optional(
      closed(
        {
          servers: Type.Record(Type.String({ minLength: 1 }), McpServerFile, { description: 'MCP servers by name.' }),
        },
        'MCP servers whose tools the agent gets.',
      ),
    ),
    memory: Type.Optional(MemoryFile),
    recordTraffic: Type.Optional(
      flag('`false`: records of runs hold no prompts, messages, arguments and results. Default true.'),
    ),
  },
  'The bundle: models, budgets, and defaults for every automation. Optional as a whole.',
);

/** The file as it is written: every default still absent. */
export type AmodalFile = Type.Static<typeof AmodalFile>;
