import { Hono } from 'hono';
import type { Operations } from '../operations/operations.ts';
import { actorOf, jsonBody } from './parameters.ts';
import { trigger } from './routes-automations.ts';

/** `/automations…` as older clients call it: start = resume, stop = pause, run = trigger. */
export function olderClientRoutes(operations: Operations): Hono {
  const routes = new Hono();
  routes.get('/', async (c) => c.json(await operations.listAutomations()));
  routes.post('/:name/start', async (c) => {
    const by = actorOf(await jsonBody(c));
    return c.json(await operations.resumeAutomation(c.req.param('name'), { by }));
  });
  routes.post('/:name/stop', async (c) => {
    const by = actorOf(await jsonBody(c));
    return c.json(await operations.pauseAutomation(c.req.param('name'), { by }));
  });
  routes.post('/:name/run', async (c) => c.json(await trigger(operations, c, c.req.param('name')), 202));
  return routes;
}
