import Type from 'typebox';
import { DeliveryFile, FailureAlertFile } from './delivery.ts';
import { anyObject, choice, closed, count, flag, SCHEMA_LINE, text, texts } from './field.ts';
import { MemoryFile } from './memory.ts';
import { BudgetFile, LIMITS, ModelFile } from './model.ts';
import { WebhookAuthFile, WebhookFile } from './webhook.ts';

/** `automations/<name>.json` (SPEC §2.2). */
export const AutomationFile = closed(
  {
    $schema: SCHEMA_LINE,
    title: Type.Optional(text("Shown to people. Default: the file's name.")),
    description: Type.Optional(text('What it is for, shown to people.')),
    prompt: text(
      'What the agent is asked to do, in Jinja. The event comes after it in an `<event_data>` block, or where `{{event}}` stands.',
    ),
    trigger: Type.Optional(
      choice(
        ['cron', 'webhook', 'manual'],
        'What starts it. Default: `cron` with a `schedule`, `webhook` with `webhookAuth` or `webhook`, else `manual`.',
      ),
    ),
    schedule: Type.Optional(text('Cron: 5 fields, 6 with seconds, or `@daily` and its like; `L` and `#` are known.')),
    timezone: Type.Optional(
      text('IANA zone whose wall clock the schedule follows. Default: that of `amodal.json`, UTC.'),
    ),
    missed: Type.Optional(
      closed(
        {
          policy: Type.Optional(choice(['skip', 'latest', 'all'], 'Which of them run. Default `latest`.')),
          withinMinutes: Type.Optional(
            Type.Number({
              exclusiveMinimum: 0,
              description: 'Only those that are at most this many minutes old. Default: half a period, at most 120.',
            }),
          ),
        },
        'What to do with instants that passed while nothing was running.',
      ),
    ),
    overlap: Type.Optional(
      choice(
        ['skip', 'queue', 'cancel', 'parallel'],
        'What a second run does while one is active. Default: cron `skip`, webhook `parallel`, manual `queue`.',
      ),
    ),
    maxParallel: Type.Optional(count({ minimum: 1, maximum: 1000 }, 'Most runs at once with `parallel`. Default 5.')),
    webhookAuth: Type.Optional(WebhookAuthFile),
    webhook: Type.Optional(WebhookFile),
    model: Type.Optional(
      Type.Union([text('A name in `models` of `amodal.json`.'), ModelFile], {
        description: 'A name in `models` of `amodal.json`, or a model. Default `main`.',
      }),
    ),
    tools: Type.Optional(texts('Names of the only tools that the session gets. Default: all.')),
    connections: Type.Optional(texts('Names of the only connections that the session gets. Default: all.')),
    skills: Type.Optional(texts('Names of the only skills that the session gets. Default: all.')),
    agents: Type.Optional(texts('Names of the only sub-agents that the session gets. Default: all.')),
    limits: Type.Optional(closed(LIMITS, 'Where a run or a call is cut off.')),
    budget: Type.Optional(BudgetFile),
    retry: Type.Optional(
      closed(
        {
          attempts: Type.Optional(
            count({ minimum: 1, maximum: 20 }, 'Attempts in all, the first one included; 1 = never again. Default 2.'),
          ),
          backoffSeconds: Type.Optional(
            Type.Array(Type.Number({ minimum: 0 }), {
              minItems: 1,
              description: 'Seconds before the second, third … attempt; the last one repeats. Default [30, 120].',
            }),
          ),
        },
        'When a failed run is tried again; only where that is safe.',
      ),
    ),
    writeEnabled: Type.Optional(flag('`true`: the session may write. Default false: the runtime refuses each write.')),
    writes: Type.Optional(
      closed(
        {
          maxPerRun: Type.Optional(count({ minimum: 0 }, 'Most writes of one run. Default: no cap.')),
          operations: Type.Optional(
            texts(
              'The only writes: `"[connection:]METHOD /path/{param}"` or the name of a tool. Default: what access.json names.',
            ),
          ),
        },
        'Which writes, with `writeEnabled`.',
      ),
    ),
    acceptUntrusted: Type.Optional(
      flag(
        '`true`: with `writeEnabled`, the session also reads documents that were written on untrusted input. Default false.',
      ),
    ),
    allowEgress: Type.Optional(
      texts(
        'Connections with `"egress": "public"` that runs on untrusted input (a webhook, say) may call. Default: none.',
      ),
    ),
    delivery: Type.Optional(DeliveryFile),
    failureAlert: Type.Optional(FailureAlertFile),
    mode: Type.Optional(
      choice(['workflow', 'conversation'], '`conversation` answers API callers in the response. Default `workflow`.'),
    ),
    success: Type.Optional(
      closed(
        {
          schema: Type.Optional(anyObject('JSON Schema that the `data` of the result must fit.')),
          requires: Type.Optional(
            Type.Array(
              closed(
                {
                  tool: text('Name of the tool.'),
                  status: Type.Optional(text('Its HTTP status, e.g. `200` or `2xx`. Default: any success.')),
                },
                'A tool call that must have succeeded.',
              ),
              { description: 'Tool calls that must have succeeded.' },
            ),
          ),
          evidence: Type.Optional(
            choice(['numbers-from-tools'], 'Each number of the result must occur in a tool result. Default: no check.'),
          ),
          empty: Type.Optional(
            choice(['suppress', 'fail'], 'An empty result is not delivered, or is a failure. Default `fail`.'),
          ),
        },
        'What counts as done; computed by the runtime, never claimed by the model.',
      ),
    ),
    memory: Type.Optional(MemoryFile),
    recordTraffic: Type.Optional(
      flag(
        '`false`: the records of its runs hold no prompts, messages, arguments and results; they cannot be replayed offline. Default true.',
      ),
    ),
    enabled: Type.Optional(flag('`false`: it never starts and its webhook is unknown. Default true.')),
    owner: Type.Optional(text('Who looks after it.')),
    tags: Type.Optional(texts('Words to find it by.')),
  },
  'An automation: a prompt, a trigger, and where the result goes. The name of the file is its name.',
);

/** The file as it is written: every default still absent. */
export type AutomationFile = Type.Static<typeof AutomationFile>;
