import { type Context, Hono } from 'hono';
import { AmodalError } from '../domain/error.ts';
import type { Operations } from '../operations/operations.ts';
import { actorOf, choiceParameter, integerParameter, jsonBody, strictBody, textField } from './parameters.ts';

const DEFAULT_ROWS = 100;
const MOST_ROWS = 1000;
const MOST_IDS = 1000;

/** `/api/webhooks…`: hooks, inbound dead letters, test requests. */
export function webhookRoutes(operations: Operations): Hono {
  const routes = new Hono();
  routes.get('/', async (c) => c.json(await operations.listWebhooks()));
  routes.get('/rejected', async (c) => c.json(await operations.listRejections(filterOf(c))));
  routes.get('/rejected/:id', async (c) => c.json(await operations.showRejection(c.req.param('id'))));
  routes.post('/redeliver', async (c) => {
    const body = await strictBody(c, ['ids', 'automation', 'since']);
    const ids = idsField(body);
    const automation = textField(body, 'automation');
    const since = timeOf(textField(body, 'since'));
    if (!ids && since === undefined) {
      throw new AmodalError('bad_request', 'Say which: "ids", or "since" (a time such as 2026-01-01T00:00:00Z).');
    }
    return c.json(await operations.redeliverRejections({ ids, automation, since, by: actorOf(body) }));
  });
  routes.post('/:name/test', async (c) => {
    const body = await jsonBody(c);
    const { event } = body;
    const text = event === undefined || event === null || typeof event === 'string' ? event : JSON.stringify(event);
    const privateKey = textField(body, 'privateKey');
    const test = { event: text ?? undefined, privateKey, by: actorOf(body) };
    return c.json(await operations.testWebhook(c.req.param('name'), test));
  });
  return routes;
}

function filterOf(c: Context) {
  return {
    automation: c.req.query('automation') || undefined,
    status: choiceParameter(c, 'status', ['kept', 'refused', 'redelivered']),
    since: timeOf(c.req.query('since') || undefined),
    limit: integerParameter(c, 'limit', { min: 1, max: MOST_ROWS }) ?? DEFAULT_ROWS,
  };
}

/** Epoch ms. */
function timeOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const time = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isFinite(time)) return time;
  throw new AmodalError(
    'bad_request',
    `since must be a time such as 2026-01-01T00:00:00Z, got "${text.slice(0, 80)}".`,
  );
}

function idsField({ ids }: Readonly<Record<string, unknown>>): readonly string[] | undefined {
  if (ids === undefined || ids === null) return undefined;
  if (Array.isArray(ids) && ids.length <= MOST_IDS && ids.every((id) => typeof id === 'string')) return ids;
  throw new AmodalError('bad_request', `"ids" must be a list of at most ${MOST_IDS} ids.`);
}
