import { Hono } from 'hono';
import { AmodalError } from '../domain/error.ts';
import type { Operations } from '../operations/operations.ts';
import { actorOf, jsonBody, strictBody, textField } from './parameters.ts';

/** `/api/keys…`: access keys, for the admin alone. */
export function keyRoutes(operations: Operations): Hono {
  const routes = new Hono();
  routes.get('/', async (c) => c.json(await operations.listKeys()));
  routes.post('/', async (c) => {
    const body = await strictBody(c, ['name', 'automation', 'expiresSeconds']);
    const made = await operations.createKey({
      name: textField(body, 'name') ?? '',
      automation: textField(body, 'automation'),
      expiresSeconds: lifeField(body),
      by: actorOf(body),
    });
    return c.json(made, 201);
  });
  routes.post('/:key/revoke', async (c) => {
    const by = actorOf(await jsonBody(c));
    return c.json(await operations.revokeKey(c.req.param('key'), by));
  });
  return routes;
}

function lifeField({ expiresSeconds }: Readonly<Record<string, unknown>>): number | undefined {
  if (expiresSeconds === undefined || expiresSeconds === null) return undefined;
  if (typeof expiresSeconds === 'number') return expiresSeconds;
  throw new AmodalError('bad_request', '"expiresSeconds" must be a number.');
}
