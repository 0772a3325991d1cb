import { type Context, Hono } from 'hono';
import type { Callers } from '../operations/callers.ts';
import type { Operations } from '../operations/operations.ts';
import { type CallerEnv, identify } from './caller.ts';
import { type StreamPorts, streamRun } from './event-stream.ts';
import { actorOf, choiceField, integerParameter, jsonBody, strictBody } from './parameters.ts';

const DEFAULT_EVENTS = 1000;
const MOST_EVENTS = 10_000;
const REPLAY_MODES = ['live', 'safe', 'offline'] as const;

/** What `/api/runs/:id…` tells: to the admin, and by access key of the runs that it opens. */
export function runReadingRoutes(ports: StreamPorts, callers: Callers, token: string | undefined): Hono<CallerEnv> {
  const { operations } = ports;
  const routes = new Hono<CallerEnv>();
  const readable = async (c: Context<CallerEnv>): Promise<string> => {
    const id = c.req.param('id') ?? '';
    const principal = c.get('principal');
    if (principal.type === 'key') await callers.requireRun(principal, id);
    return id;
  };
  routes.use(identify(token, callers));
  routes.get('/:id', async (c) => c.json(await operations.showRun(await readable(c))));
  routes.get('/:id/events', async (c) => c.json(await eventsOf(operations, c, await readable(c))));
  routes.get('/:id/stream', async (c) => streamRun(ports, c, await readable(c)));
  return routes;
}

/** What the admin can do to a run. */
export function runRoutes(operations: Operations): Hono {
  const routes = new Hono();
  routes.post('/:id/cancel', async (c) => {
    const by = actorOf(await jsonBody(c));
    return c.json(await operations.cancelRun(c.req.param('id'), by));
  });
  routes.post('/:id/replay', async (c) => {
    const body = await strictBody(c, ['mode']);
    const mode = choiceField(body, 'mode', REPLAY_MODES);
    return c.json(await operations.replayRun(c.req.param('id'), { mode, by: actorOf(body) }), 202);
  });
  return routes;
}

async function eventsOf(operations: Operations, c: Context, id: string) {
  const limit = integerParameter(c, 'limit', { min: 1, max: MOST_EVENTS }) ?? DEFAULT_EVENTS;
  const after = integerParameter(c, 'after', { min: -1, max: Number.MAX_SAFE_INTEGER });
  const type = c.req.query('event_type') || undefined;
  const events = await operations.runEvents(id, { after, type, limit });
  return { events, count: events.length };
}
