import Type from 'typebox';
import { choice, closed, flag, named, text, texts, url, value } from './field.ts';

/** How to reach an MCP server: a command, or a URL. */
export const MCP_SERVER = {
  transport: Type.Optional(
    choice(['stdio', 'http'], 'Default: `stdio` with a `command`, `http` (Streamable HTTP) with a `url`.'),
  ),
  command: Type.Optional(text('The program to start, for `stdio`.')),
  args: Type.Optional(texts('Its arguments. Default: none.')),
  env: Type.Optional(
    Type.Record(Type.String(), value('The value of one variable.'), {
      description: 'The only environment variables that it gets, besides PATH and HOME.',
    }),
  ),
  url: Type.Optional(url('Where the server is, for `http`.')),
  headers: Type.Optional(
    Type.Record(Type.String(), value('The value of one header.'), { description: 'Request headers, by name.' }),
  ),
  readTools: Type.Optional(texts('Names of its tools that only read; each other one is a write. Default: none.')),
  toolsHash: Type.Optional(
    text(
      'The hash of its tool list, `sha256:…`. A server with another list is refused, and the refusal names its hash.',
    ),
  ),
  allowPrivateNetwork: Type.Optional(
    flag('Allow a host name that resolves to a private or loopback address. Default false.'),
  ),
};

/** One MCP server of `amodal.json`. */
export const McpServerFile = named('McpServer', closed(MCP_SERVER, 'An MCP server: a `command` to start, or a `url`.'));
