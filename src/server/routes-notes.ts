import { Hono } from 'hono';
import type { Operations } from '../operations/operations.ts';
import { actorOf, jsonBody, textField } from './parameters.ts';

/** `/api/automations/:name/memory…` */
export function noteRoutes(operations: Operations): Hono {
  const routes = new Hono();
  routes.get('/:name/memory', async (c) => c.json(await operations.listNotes(c.req.param('name'))));
  routes.post('/:name/memory', async (c) => {
    const body = await jsonBody(c);
    const [key = '', text = ''] = [textField(body, 'key'), textField(body, 'text')];
    return c.json(await operations.setNote(c.req.param('name'), { key, text, by: actorOf(body) }));
  });
  routes.post('/:name/memory/delete', async (c) => {
    const body = await jsonBody(c);
    return c.json(await operations.deleteNote(c.req.param('name'), textField(body, 'key') ?? '', actorOf(body)));
  });
  return routes;
}
