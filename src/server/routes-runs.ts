import { type Context, Hono } from 'hono';
import type { Operations } from '../operations/operations.ts';
import { type StreamPorts, streamRun } from './event-stream.ts';
import { actorOf, integerParameter, jsonBody } from './parameters.ts';

const DEFAULT_EVENTS = 1000;
const MOST_EVENTS = 10_000;

/** `/api/runs/:id…` */
export function runRoutes(ports: StreamPorts): Hono {
  const { operations } = ports;
  const routes = new Hono();
  const id = (c: Context) => c.req.param('id') ?? '';

  routes.get('/:id', async (c) => c.json(await operations.showRun(id(c))));
  routes.get('/:id/events', async (c) => c.json(await eventsOf(operations, c, id(c))));
  routes.get('/:id/stream', (c) => streamRun(ports, c, id(c)));
  routes.post('/:id/cancel', async (c) => {
    const by = actorOf(await jsonBody(c));
    return c.json(await operations.cancelRun(id(c), by));
  });
  routes.post('/:id/replay', async (c) => {
    const by = actorOf(await jsonBody(c));
    return c.json(await operations.replayRun(id(c), { by }), 202);
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
