import { type Context, Hono } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { AmodalError } from '../domain/error.ts';
import type { Callers } from '../operations/callers.ts';
import { bearerToken } from './caller.ts';
import { bodyBytes } from './parameters.ts';

/** `/api/agents/webhook/:name`: an automation called by a program with an access key. */
export function agentRoutes(callers: Callers, stopping: AbortSignal): Hono {
  const routes = new Hono();
  routes.post('/webhook/:name', async (c) => {
    const key = await callers.findKey(bearerToken(c));
    if (!key) throw new AmodalError('unauthorized', 'An active access key is needed: Authorization: Bearer ak_….');
    const { status, body } = await callers.call({
      automation: c.req.param('name'),
      key,
      body: await bodyBytes(c),
      query: new URL(c.req.url).searchParams,
      headers: headersOf(c),
      signals: [c.req.raw.signal, stopping],
    });
    return c.json(body, status as ContentfulStatusCode);
  });
  return routes;
}

function headersOf(c: Context): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(Object.entries(c.req.header()).map(([name, value]) => [name, [value]]));
}
