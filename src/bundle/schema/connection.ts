import Type from 'typebox';
import { choice, closed, count, flag, named, SCHEMA_LINE, secret, text, url, value } from './field.ts';
import { MCP_SERVER } from './mcp.ts';

const AuthFile = named(
  'Auth',
  Type.Union(
    [
      closed(
        {
          type: Type.Literal('bearer'),
          token: secret('The token.'),
          header: Type.Optional(text('Default `Authorization`.')),
          prefix: Type.Optional(Type.String({ description: 'Text before the token. Default `Bearer `.' })),
        },
        '`Authorization: Bearer <token>`.',
      ),
      closed(
        {
          type: Type.Literal('api_key'),
          token: secret('The key.'),
          header: Type.Optional(text('The header that carries it. Default `X-API-Key`.')),
          prefix: Type.Optional(Type.String({ description: 'Text before the key. Default: none.' })),
        },
        'A key in a header.',
      ),
      closed(
        {
          type: Type.Literal('basic'),
          username: Type.Optional(value('The user.')),
          password: Type.Optional(secret('The password.')),
          token: Type.Optional(secret('`user:password` in one, instead of the two.')),
          header: Type.Optional(text('Default `Authorization`.')),
          prefix: Type.Optional(Type.String({ description: 'Default `Basic `.' })),
        },
        'HTTP Basic authentication.',
      ),
      closed(
        {
          type: Type.Literal('header'),
          header: text('The name of the header.'),
          token: secret('Its value.'),
          prefix: Type.Optional(Type.String({ description: 'Text before the value. Default: none.' })),
        },
        'A header of any name.',
      ),
      closed(
        {
          type: Type.Literal('oauth2-client-credentials'),
          tokenUrl: url('Where tokens are issued.'),
          clientId: value("The client's id."),
          clientSecret: secret("The client's secret."),
          scope: Type.Optional(text('The scopes to ask for, separated by blanks.')),
          header: Type.Optional(text('Default `Authorization`.')),
          prefix: Type.Optional(Type.String({ description: 'Text before the token. Default `Bearer `.' })),
        },
        'A token that is fetched with a client id and secret (OAuth 2).',
      ),
    ],
    { description: 'How requests prove who they are; the model never sees it.' },
  ),
);

const ALLOW_PRIVATE_NETWORK = Type.Optional(
  flag('Allow a host name that resolves to a private or loopback address. Default false.'),
);

/** `connections/<name>/spec.json` (SPEC §6.2), by `protocol`. */
export const ConnectionFile = Type.Union(
  [
    closed(
      {
        $schema: SCHEMA_LINE,
        protocol: Type.Optional(Type.Literal('http')),
        baseUrl: Type.Optional(url('The URL that every request stays below. Required.')),
        auth: Type.Optional(AuthFile),
        writeAuth: Type.Optional(AuthFile),
        headers: Type.Optional(
          Type.Record(Type.String(), value('The value of one header.'), {
            description: 'Headers of each request, by name.',
          }),
        ),
        specUrl: Type.Optional(
          url(
            'Where the live API description is (OpenAPI, GraphQL); the same as `baseUrl` for GraphQL: it is asked by introspection. The tool `api_drift` compares it with the one stored beside this file.',
          ),
        ),
        format: Type.Optional(
          choice(
            ['rest', 'openapi', 'graphql'],
            '`graphql`: bodies are parsed. `openapi` means `rest`. Default `rest`.',
          ),
        ),
        testPath: Type.Optional(text('A path that answers a GET when all is well, for `validate --online`.')),
        allowPrivateNetwork: ALLOW_PRIVATE_NETWORK,
      },
      'An HTTP API.',
    ),
    closed(
      {
        $schema: SCHEMA_LINE,
        protocol: Type.Literal('git'),
        path: Type.Optional(text("The repository, relative to the bundle's folder. Default `.`.")),
        specPath: Type.Optional(
          text(
            'The committed file that describes an API; `api_drift` compares it with the one stored beside this file.',
          ),
        ),
      },
      'The committed files and history of a local Git repository, read-only.',
    ),
    closed(
      {
        $schema: SCHEMA_LINE,
        protocol: Type.Literal('mcp'),
        ...MCP_SERVER,
      },
      'An MCP server.',
    ),
    closed(
      {
        $schema: SCHEMA_LINE,
        protocol: Type.Literal('sql'),
        driver: choice(['sqlite', 'postgres', 'mysql'], 'The kind of database.'),
        file: Type.Optional(value('The database file, for `sqlite`.')),
        url: Type.Optional(secret('The connection URL, for `postgres` and `mysql`.')),
        timeoutSeconds: Type.Optional(
          count({ minimum: 1, maximum: 300 }, 'How long one query may take before it is stopped. Default 5.'),
        ),
        maxRows: Type.Optional(count({ minimum: 1, maximum: 10_000 }, 'Rows of one answer. Default 1000.')),
        allowPrivateNetwork: ALLOW_PRIVATE_NETWORK,
      },
      'A database, for reading.',
    ),
    closed(
      {
        $schema: SCHEMA_LINE,
        protocol: Type.Literal('slack'),
        writeAuth: closed(
          { type: Type.Literal('bearer'), token: secret('The bot token, `xoxb-…`.') },
          'What posts prove themselves with; resolved only for a write.',
        ),
        baseUrl: Type.Optional(url('Default `https://slack.com/api`.')),
        allowPrivateNetwork: ALLOW_PRIVATE_NETWORK,
      },
      'A Slack workspace, for `slack_post`. Its channels stand in access.json.',
    ),
    closed(
      {
        $schema: SCHEMA_LINE,
        protocol: Type.Literal('smtp'),
        host: value('The name or address of the mail server.'),
        port: Type.Optional(count({ minimum: 1, maximum: 65_535 }, 'Default 587, with `secure` 465.')),
        secure: Type.Optional(flag('TLS from the first byte. Default false: STARTTLS where the server offers it.')),
        from: value('The address of the sender.'),
        writeAuth: Type.Optional(
          closed(
            {
              type: Type.Literal('basic'),
              username: value('The user.'),
              password: secret('The password.'),
            },
            'How the server lets us in; resolved only for a write. Default: without a login.',
          ),
        ),
        allowPrivateNetwork: ALLOW_PRIVATE_NETWORK,
      },
      'A mail server, for `email_send`. Its recipients stand in access.json.',
    ),
  ],
  { description: 'A connection: an upstream that the agent may call by name. `protocol` is `http` by default.' },
);

/** The file as it is written. */
export type ConnectionFile = Type.Static<typeof ConnectionFile>;
