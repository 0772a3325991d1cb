import { Hono } from 'hono';
import type { Callers } from '../operations/callers.ts';
import { type CallerEnv, identify } from './caller.ts';
import { integerParameter } from './parameters.ts';

const DEFAULT_TURNS = 100;
const MOST_TURNS = 1000;

/** `/api/sessions/:id/messages`: what was said in a conversation. */
export function sessionRoutes(callers: Callers, token: string | undefined): Hono<CallerEnv> {
  const routes = new Hono<CallerEnv>();
  routes.use(identify(token, callers));
  routes.get('/:id/messages', async (c) => {
    const limit = integerParameter(c, 'limit', { min: 1, max: MOST_TURNS }) ?? DEFAULT_TURNS;
    return c.json(await callers.messagesOf(c.get('principal'), c.req.param('id'), limit));
  });
  return routes;
}
