import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { afterEach, describe, expect, it } from 'vitest';
import { stubServer } from '../../support/stub-server.ts';
import { openTools } from './open-tools.ts';

const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

interface HttpMcp {
  readonly url: string;
  readonly requests: IncomingMessage[];
}

/** A real server of the protocol, as its own library makes it: with sessions, answering as JSON or as an event stream. */
async function mcpOverHttp({ json }: { readonly json: 'json' | 'stream' }): Promise<HttpMcp> {
  const server = new Server({ name: 'web', version: '1' }, { capabilities: { tools: {} } });
  server.setRequestHandler(ListToolsRequestSchema, () => ({
    tools: [{ name: 'search', description: 'Finds.', inputSchema: { type: 'object' as const } }],
  }));
  server.setRequestHandler(CallToolRequestSchema, ({ params }) => ({
    content: [{ type: 'text', text: `found ${JSON.stringify(params.arguments)}` }],
  }));
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: () => 'session-1',
    enableJsonResponse: json === 'json',
  });
  await server.connect(transport as Transport);
  const requests: IncomingMessage[] = [];
  const http = createServer((request, response) => {
    requests.push(request);
    void transport.handleRequest(request, response);
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    http.closeAllConnections();
    return new Promise((resolve) => http.close(resolve));
  });
  return { url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`, requests };
}

function web(spec: Readonly<Record<string, unknown>>) {
  return { name: 'web', protocol: 'mcp' as const, allowPrivateNetwork: false, spec: { protocol: 'mcp', ...spec } };
}

describe('an MCP server over HTTP', () => {
  it.each(['json', 'stream'] as const)('gives its tools and answers calls (%s)', async (json) => {
    const { url } = await mcpOverHttp({ json });
    const { names, call } = await openTools({ connections: [web({ url })] });
    expect(names).toEqual(['web_search']);
    expect(await call('web_search', { q: 1 })).toEqual({ ok: true, text: 'found {"q":1}' });
  });

  it('gets the headers of its file with each request, and a word at the end of the session', async () => {
    const { url, requests } = await mcpOverHttp({ json: 'json' });
    const headers = { Authorization: 'env:TOKEN' };
    const { end } = await openTools({ connections: [web({ url, headers })], env: { TOKEN: 'Bearer token-value-1' } });
    end();
    await expect.poll(() => requests.at(-1)?.method).toBe('DELETE');
    expect(new Set(requests.map((request) => request.headers.authorization))).toEqual(
      new Set(['Bearer token-value-1']),
    );
    expect(requests.at(-1)?.headers['mcp-session-id']).toBe('session-1');
  });

  it('is not followed to another place', async () => {
    const elsewhere = await stubServer();
    for (const location of [`${elsewhere.url}/mcp`, '/other']) {
      const server = await stubServer(() => ({ status: 307, headers: { location } }));
      const { names } = await openTools({ connections: [web({ url: `${server.url}/mcp` })] });
      expect(names).toEqual(['web_unavailable']);
      expect(server.requests.map(({ url }) => url)).toEqual(['/mcp']);
    }
    expect(elsewhere.requests).toEqual([]);
  });

  it('is not reached by a name of a private address unless its file allows it', async () => {
    const { url, requests } = await mcpOverHttp({ json: 'json' });
    const byName = url.replace('127.0.0.1', 'localhost');
    const { call } = await openTools({ connections: [web({ url: byName })] });
    expect((await call('web_unavailable')).text).toContain('allowPrivateNetwork');
    expect(requests).toEqual([]);
    const allowed = { ...web({ url: byName }), allowPrivateNetwork: true };
    expect((await openTools({ connections: [allowed] })).names).toEqual(['web_search']);
  });

  it('that answers something else fails with what it answered, without secrets', async () => {
    const server = await stubServer(() => ({ status: 401, body: 'no: token-value-1' }));
    const { call } = await openTools({ connections: [web({ url: server.url })], env: { TOKEN: 'token-value-1' } });
    const { text } = await call('web_unavailable');
    expect(text).toContain('no: [redacted:TOKEN]');
  });
});
