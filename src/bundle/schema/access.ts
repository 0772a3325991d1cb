import Type from 'typebox';
import { amount, choice, closed, count, named, SCHEMA_LINE, text, texts } from './field.ts';

const EndpointFile = named(
  'Endpoint',
  closed(
    {
      intent: Type.Optional(
        choice(['read', 'write'], 'What it is. Default: by method, GET and HEAD are reads, everything else a write.'),
      ),
      confirm: Type.Optional(
        Type.Union([Type.Boolean(), Type.Literal('review'), Type.Literal('never')], {
          description:
            '`true` or `"review"`: refused in an unattended run unless the automation lists it; `"never"`: always refused. Default false.',
        }),
      ),
      returns: Type.Optional(texts('Names of the entities in the answer. Default: none.')),
      reason: Type.Optional(text('Why, told to the model with a refusal.')),
      thresholds: Type.Optional(
        Type.Array(
          closed(
            {
              field: text('Dotted path into the body of the request.'),
              above: Type.Number({ description: 'The number above which it escalates.' }),
              escalate: choice(['review', 'never'], 'What `confirm` becomes.'),
            },
            'A bound above which the call is refused.',
          ),
          { description: 'Bounds on numbers in the body.' },
        ),
      ),
    },
    'What is allowed on one operation.',
  ),
);

/** `connections/<name>/access.json`, in older bundles `policy.json` (SPEC §6.2). */
export const AccessFile = closed(
  {
    $schema: SCHEMA_LINE,
    endpoints: Type.Optional(
      Type.Record(Type.String(), EndpointFile, {
        description: 'By operation: `"METHOD /path/{param}"`, where a parameter is one segment.',
      }),
    ),
    readPaths: Type.Optional(
      texts(
        'The only paths that may be read, `/path/{param}`, besides the reads in `endpoints`. Default: every path below the base URL.',
      ),
    ),
    rate: Type.Optional(
      closed(
        {
          perMinute: amount('Calls a minute, of all runs together.'),
          burst: Type.Optional(count({ minimum: 1 }, 'Most at once. Default: as many as a minute has.')),
        },
        'How often the connection is called; what is over is refused and may be tried again later. Default: no limit.',
      ),
    ),
    recipients: Type.Optional(
      texts(
        'Of `slack`: ids or names of the channels that may be written to, `*` for all. Of `smtp`: mail addresses, `*@acme.com` for a domain. Default: none.',
      ),
    ),
    egress: Type.Optional(
      choice(
        ['public'],
        '`public`: others can see what arrives there. Runs on untrusted input call it only if their automation lists it in `allowEgress`; each call is audited.',
      ),
    ),
    fieldRestrictions: Type.Optional(
      Type.Array(
        closed(
          {
            entity: text('The entity, as `returns` names it.'),
            field: text('The field of the entity.'),
            policy: choice(
              ['never_retrieve', 'retrieve_but_redact', 'role_gated'],
              'Refuse what returns it, take its value out, or only for certain roles.',
            ),
            sensitivity: Type.Optional(text('How sensitive it is, for people.')),
            reason: Type.Optional(text('Why.')),
            allowedRoles: Type.Optional(texts('Roles that may see it, with `role_gated`.')),
          },
          'What the agent may see of one field.',
        ),
        { description: 'What the agent may see of single fields.' },
      ),
    ),
  },
  'What the agent may do with a connection.',
);

/** The file as it is written. */
export type AccessFile = Type.Static<typeof AccessFile>;
