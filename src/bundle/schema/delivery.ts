import Type from 'typebox';
import { choice, closed, count, flag, named, secret, text, url, value } from './field.ts';

const THREAD = Type.Optional(
  choice(['event'], '`event`: answer in the Slack thread that the event names (`slack_channel` + `thread_ts`).'),
);

const ALLOW_PRIVATE_NETWORK = Type.Optional(
  flag('Whether a host name may lead to a private or loopback address. Default false.'),
);

const SMTP_SERVER = closed(
  {
    host: value('Host name of the mail server.'),
    port: Type.Optional(count({ minimum: 1, maximum: 65_535 }, 'TCP port. Default 587, with `secure` 465.')),
    secure: Type.Optional(flag('TLS from the first byte (port 465). Default false: STARTTLS.')),
    user: Type.Optional(value('The login name.')),
    password: Type.Optional(secret('The password.')),
  },
  'The mail server.',
);

/** Targets of SPEC §7 by `type`; a type that another room adds is open, and its own check reads it. */
const TargetFile = named(
  'Target',
  Type.Union([
    closed(
      {
        type: Type.Literal('webhook'),
        url: url('Where the payload is posted.'),
        format: Type.Optional(
          choice(
            ['json', 'slack', 'discord', 'teams', 'raw'],
            'Shape of the body. Default: inferred from known hosts, else `json`.',
          ),
        ),
        headers: Type.Optional(
          Type.Record(Type.String(), value('The value of one more header.'), {
            description: 'More request headers, by name.',
          }),
        ),
        body: Type.Optional(
          Type.Unknown({
            description: 'The JSON body instead of the payload; its strings are Jinja over the payload.',
          }),
        ),
        secret: Type.Optional(secret('Signs each request by Standard Webhooks.')),
        allowPrivateNetwork: ALLOW_PRIVATE_NETWORK,
        thread: THREAD,
      },
      'Posts the payload to a URL.',
    ),
    closed(
      {
        type: Type.Literal('callback'),
        name: Type.Optional(text('Which of several functions. Default: the one and only.')),
      },
      'Calls the function given to `createAgent({ onAutomationResult })`.',
    ),
    closed(
      {
        type: Type.Literal('slack'),
        channel: value('The channel: its id or `#name`.'),
        token: secret('A bot token.'),
        apiUrl: Type.Optional(url('Base URL of the chat API. Default `https://slack.com/api`.')),
        allowPrivateNetwork: ALLOW_PRIVATE_NETWORK,
        thread: THREAD,
      },
      'Posts to a Slack channel.',
    ),
    closed(
      {
        type: Type.Literal('email'),
        to: Type.Union([Type.String({ minLength: 1 }), Type.Array(Type.String({ minLength: 1 }), { minItems: 1 })], {
          description: 'One address or a list.',
        }),
        from: Type.Optional(value("The sender's address. Default: the SMTP user, else `amodal@` the host.")),
        subject: Type.Optional(value('The subject. Default: the name of the automation and what became of it.')),
        smtp: Type.Union([secret('`smtp://user:password@host:587`, or `smtps://`.'), SMTP_SERVER], {
          description: 'The mail server: a URL, or its parts.',
        }),
        attachFiles: Type.Optional(flag('Attach the files that the run made, 15 MiB at most. Default false.')),
        allowPrivateNetwork: ALLOW_PRIVATE_NETWORK,
      },
      'Sends a mail.',
    ),
    closed(
      {
        type: Type.Literal('file'),
        path: text("A file below the bundle's folder."),
        mode: Type.Optional(
          choice(
            ['append', 'replace'],
            '`append`: one JSON line a result; `replace`: the text alone. Default `append`.',
          ),
        ),
      },
      'Writes to a file.',
    ),
    closed({ type: Type.Literal('log') }, "Writes to the runtime's log."),
    Type.Object({ type: text('The kind of target.') }, { additionalProperties: true }),
  ]),
);

const TARGETS = Type.Array(TargetFile, {
  description: 'Where it goes: `webhook`, `callback`, `slack`, `email`, `file`, `log`.',
});

/** Where results go. */
export const DeliveryFile = named(
  'Delivery',
  closed(
    {
      targets: Type.Optional(TARGETS),
      template: Type.Optional(
        text('Jinja for `message`, over `data` (top level) and `automation, timestamp, result, run`. Default: none.'),
      ),
      when: Type.Optional(
        choice(
          ['always', 'nonEmpty', 'changed'],
          '`nonEmpty`: only results that say something; `changed`: only those that differ from the last. Default `always`.',
        ),
      ),
    },
    'Where results go. Not a write: allowed in read-only runs.',
  ),
);

/** Who hears of failures. */
export const FailureAlertFile = named(
  'FailureAlert',
  closed(
    {
      after: Type.Optional(count({ minimum: 1 }, 'Failures in a row before the first alert. Default 1.')),
      cooldownMinutes: Type.Optional(
        Type.Number({ minimum: 0, description: 'Minutes after a sent alert in which no other is sent. Default 60.' }),
      ),
      targets: Type.Optional(TARGETS),
      include: Type.Optional(
        Type.Array(Type.Enum(['undeliverable', 'missed', 'blocked_config', 'budget']), {
          description: 'What else alerts besides failed runs. Default: nothing.',
        }),
      ),
      recovery: Type.Optional(flag('Send one note when an alerted incident is over. Default true.')),
    },
    'Who hears of failures, after how many, how often.',
  ),
);
