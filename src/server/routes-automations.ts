import { type Context, Hono } from 'hono';
import { AmodalError } from '../domain/error.ts';
import type { Operations } from '../operations/operations.ts';
import { actorOf, integerParameter, jsonBody, strictBody, textField } from './parameters.ts';
import { noteRoutes } from './routes-notes.ts';

const DEFAULT_HISTORY = 50;
const MOST_HISTORY = 1000;
const LONGEST_GRACE_SECONDS = 365 * 86_400;
const LONGEST_IDEMPOTENCY_KEY = 256;

/** `/api/automations…` */
export function automationRoutes(operations: Operations): Hono {
  const routes = new Hono();
  const name = (c: Context) => c.req.param('name') ?? '';

  routes.get('/', async (c) => c.json(await operations.listAutomations()));
  routes.get('/:name', async (c) => c.json(await operations.showAutomation(name(c))));
  routes.get('/:name/runs', async (c) => {
    const limit = integerParameter(c, 'limit', { min: 1, max: MOST_HISTORY }) ?? DEFAULT_HISTORY;
    return c.json(await operations.historyOf(name(c), { limit, before: c.req.query('before') || undefined }));
  });
  routes.post('/:name/trigger', async (c) => c.json(await trigger(operations, c, name(c)), 202));
  routes.post('/:name/preview', async (c) => {
    const event = eventField(await jsonBody(c));
    return c.json(await operations.previewTrigger(name(c), { event }));
  });
  routes.post('/:name/pause', async (c) => {
    const body = await jsonBody(c);
    return c.json(await operations.pauseAutomation(name(c), { reason: textField(body, 'reason'), by: actorOf(body) }));
  });
  routes.post('/:name/resume', async (c) => {
    const by = actorOf(await jsonBody(c));
    return c.json(await operations.resumeAutomation(name(c), { by }));
  });
  routes.route('/', noteRoutes(operations));
  routes.get('/:name/url', async (c) => c.json(await operations.webhookUrlOf(name(c))));
  routes.post('/:name/rotate', async (c) => {
    const body = await strictBody(c, ['graceSeconds']);
    return c.json(await operations.rotateWebhook(name(c), { graceSeconds: graceField(body), by: actorOf(body) }));
  });
  return routes;
}

/** Triggers by what the request says: `event` (text as it is, anything else as JSON), `Idempotency-Key`. */
export async function trigger(operations: Operations, c: Context, name: string) {
  const body = await jsonBody(c);
  const idempotencyKey = c.req.header('idempotency-key') || textField(body, 'idempotencyKey');
  if (idempotencyKey && idempotencyKey.length > LONGEST_IDEMPOTENCY_KEY) {
    throw new AmodalError(
      'bad_request',
      `The idempotency key must have at most ${LONGEST_IDEMPOTENCY_KEY} characters.`,
    );
  }
  return operations.triggerAutomation(name, { event: eventField(body), by: actorOf(body), idempotencyKey });
}

function eventField({ event }: Readonly<Record<string, unknown>>): string | undefined {
  if (event === undefined || event === null) return undefined;
  return typeof event === 'string' ? event : JSON.stringify(event);
}

function graceField({ graceSeconds }: Readonly<Record<string, unknown>>): number | undefined {
  if (graceSeconds === undefined || graceSeconds === null) return undefined;
  const fits = typeof graceSeconds === 'number' && graceSeconds >= 0 && graceSeconds <= LONGEST_GRACE_SECONDS;
  if (fits) return graceSeconds;
  throw new AmodalError('bad_request', `"graceSeconds" must be a number from 0 to ${LONGEST_GRACE_SECONDS}.`);
}
