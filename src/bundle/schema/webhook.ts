import Type from 'typebox';
import { choice, closed, count, named, secret, text, texts, value } from './field.ts';

const SECRETS = Type.Union([secret('The secret.'), Type.Array(secret('One of the secrets.'), { minItems: 1 })], {
  description: 'The secret, or several while rotating; any may match.',
});

/** How the sender of a webhook proves who it is (SPEC §4.2). */
export const WebhookAuthFile = named(
  'WebhookAuth',
  closed(
    {
      type: text(
        'General: `hmac-sha256`, `hmac-sha1`, `hmac-sha512`, `ed25519`, `ecdsa-p256-sha256`, `token`, `bearer`, `basic`, `none`; or a preset such as `github`, `stripe`, `slack`. Presets fill in the rest.',
      ),
      secret: Type.Optional(SECRETS),
      publicKey: Type.Optional(
        Type.Union([value('The key.'), Type.Array(value('One of the keys.'), { minItems: 1 })], {
          description: "The sender's public key for `ed25519`, `ecdsa-p256-sha256`, `discord`, `sendgrid`, or several.",
        }),
      ),
      keyFormat: Type.Optional(choice(['raw-hex', 'spki-base64', 'pem'], 'How the public key is written.')),
      username: Type.Optional(value('The user of `basic`.')),
      verifyToken: Type.Optional(secret('What `meta` must present when it registers the URL.')),
      header: Type.Optional(text('The header that carries the signature or the token.')),
      encoding: Type.Optional(choice(['hex', 'base64'], 'How the signature is written. Default `hex`.')),
      prefix: Type.Optional(
        Type.String({ description: 'Exact text before the signature. Default: one optional `<algorithm>=`.' }),
      ),
      splitOn: Type.Optional(choice([',', ' '], 'The header is a list, separated by this; any item may match.')),
      signedPayload: Type.Optional(
        text(
          'What is signed: `{body}` exactly once, with `{timestamp}`, `{header:NAME}`, `{method}`, `{url}`. Default `{body}`.',
        ),
      ),
      timestamp: Type.Optional(text('Where the time is: `header:NAME`, `item:t=` or `body:path`.')),
      timestampUnit: Type.Optional(choice(['s', 'ms'], 'Seconds or milliseconds. Default `s`.')),
      toleranceSeconds: Type.Optional(
        count(
          { minimum: 1, maximum: 86_400 },
          'Seconds that the time may differ, both ways. Needs a signed timestamp.',
        ),
      ),
      secretEncoding: Type.Optional(choice(['utf8', 'base64'], 'How the secret becomes the key. Default `utf8`.')),
      secretPrefix: Type.Optional(text('Text that is taken off the secret before it is decoded, e.g. `whsec_`.')),
    },
    'How the sender proves who it is, over the raw bytes of each request.',
  ),
);

/** Conditions on an event; a closed little language, nothing is evaluated. */
const FilterFile = Type.Cyclic(
  {
    Filter: closed(
      {
        field: Type.Optional(
          text('What is looked at: a dotted path into the body, `header:NAME` or `query:NAME`. With one of the tests.'),
        ),
        equals: Type.Optional(Type.Unknown({ description: 'The field is exactly this JSON value.' })),
        in: Type.Optional(Type.Array(Type.Unknown(), { minItems: 1, description: 'The field is one of these.' })),
        exists: Type.Optional(Type.Boolean({ description: 'The field is there (true) or not (false).' })),
        regex: Type.Optional(text('The field is text in which this regular expression matches.')),
        any: Type.Optional(Type.Array(Type.Ref('Filter'), { minItems: 1, description: 'At least one holds.' })),
        all: Type.Optional(Type.Array(Type.Ref('Filter'), { minItems: 1, description: 'Each one holds.' })),
        not: Type.Optional(Type.Ref('Filter')),
      },
      'A condition: `field` with `equals`, `in`, `exists` or `regex`; or `any`, `all`, `not` of conditions.',
    ),
  },
  'Filter',
);

/** Intake of a webhook: everything that is not the signature (SPEC §4). */
export const WebhookFile = named(
  'Webhook',
  closed(
    {
      allowCIDRs: Type.Optional(texts('Networks that may call, IPv4 or IPv6, e.g. `203.0.113.0/24`. Default: all.')),
      filter: Type.Optional(FilterFile),
      events: Type.Optional(texts("The sender's names of the events that start a run. Default: all.")),
      expect: Type.Optional(FilterFile),
      dedupe: Type.Optional(
        closed(
          { key: text("`body:<path>`, `header:<name>` or `sha256(body)`. Default: the preset's.") },
          'What makes two requests the same event.',
        ),
      ),
      coalesce: Type.Optional(
        closed(
          {
            key: text('`body:<path>` or `header:<name>`: events that share it become one run.'),
            quietSeconds: Type.Optional(
              count(
                { minimum: 1, maximum: 3600 },
                'Seconds without a new event after which the run starts. Default 10.',
              ),
            ),
            maxSeconds: Type.Optional(
              count({ minimum: 1, maximum: 86_400 }, 'Seconds after which it starts in any case. Default 60.'),
            ),
          },
          'Puts bursts of events into one run.',
        ),
      ),
      respond: Type.Optional(
        choice(
          ['accept', 'wait', 'caller'],
          '`accept`: answer 202 at once; `wait`: hold the request until the run ends; `caller`: as the request asks. Default `accept`.',
        ),
      ),
      rate: Type.Optional(
        closed(
          {
            perMinute: count({ minimum: 1 }, 'Requests a minute.'),
            burst: Type.Optional(count({ minimum: 1 }, 'Requests at once. Default: `perMinute`.')),
          },
          'Most requests; over it 429. Default: no limit.',
        ),
      ),
      maxBodyBytes: Type.Optional(
        count({ minimum: 1, maximum: 26_214_400 }, 'Bytes of a body; over it 413. Default 1048576, at most 26214400.'),
      ),
      publicUrl: Type.Optional(
        value('The exact URL given to the sender, byte for byte; used only where the sender signs the URL.'),
      ),
      promptFrom: Type.Optional(
        choice(['title'], "`title`: the body's `title` becomes the prompt. Default: the file's."),
      ),
      env: Type.Optional(texts("Names that the body's `env` may set for the templates of its session. Default: none.")),
    },
    'Intake of the webhook: everything that is not the signature.',
  ),
);
