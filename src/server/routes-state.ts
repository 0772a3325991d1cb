import { Hono } from 'hono';
import type { DeliveryStatus } from '../domain/delivery.ts';
import { ROLLING_DAYS, type SpendKey } from '../domain/spend.ts';
import type { Operations } from '../operations/operations.ts';
import { actorOf, choiceParameter, integerParameter, jsonBody } from './parameters.ts';

const DEFAULT_ROWS = 100;
const MOST_ROWS = 1000;
const DEFAULT_LEDGER_DAYS = 30;
const MOST_LEDGER_DAYS = 400;
const MOST_SPEND_DAYS = 3_660;

const SPEND_KEYS: readonly SpendKey[] = ['automation', 'model', 'day'];

const DELIVERY_STATUSES: readonly DeliveryStatus[] = ['pending', 'sending', 'delivered', 'dead', 'held'];

/** `/api/deliveries…` */
export function deliveryRoutes(operations: Operations): Hono {
  const routes = new Hono();
  routes.get('/', async (c) =>
    c.json(
      await operations.listDeliveries({
        automation: c.req.query('automation') || undefined,
        run: c.req.query('run') || undefined,
        status: choiceParameter(c, 'status', DELIVERY_STATUSES),
        limit: integerParameter(c, 'limit', { min: 1, max: MOST_ROWS }) ?? DEFAULT_ROWS,
      }),
    ),
  );
  routes.post('/:id/redrive', async (c) => {
    const by = actorOf(await jsonBody(c));
    return c.json(await operations.redriveDelivery(c.req.param('id'), by));
  });
  return routes;
}

/** `/api/stores…` */
export function storeRoutes(operations: Operations): Hono {
  const routes = new Hono();
  routes.get('/', async (c) => c.json(await operations.listStores()));
  routes.get('/:store/documents', async (c) => {
    const limit = integerParameter(c, 'limit', { min: 1, max: MOST_ROWS }) ?? DEFAULT_ROWS;
    return c.json(await operations.listDocuments(c.req.param('store'), limit));
  });
  return routes;
}

/** `/api/spend`, `/api/ledger/verify`, `/api/diagnostics`, `/api/health`: what the runtime says of itself. */
export function accountRoutes(operations: Operations): Hono {
  const routes = new Hono();
  routes.get('/spend', async (c) => {
    const by = choiceParameter(c, 'by', SPEND_KEYS) ?? 'automation';
    const days = integerParameter(c, 'days', { min: 1, max: MOST_SPEND_DAYS }) ?? ROLLING_DAYS;
    return c.json(await operations.sumSpend({ by, days }));
  });
  routes.get('/ledger/verify', async (c) => {
    const days = integerParameter(c, 'days', { min: 1, max: MOST_LEDGER_DAYS }) ?? DEFAULT_LEDGER_DAYS;
    return c.json(await operations.verifyLedger({ days }));
  });
  routes.post('/doctor', async (c) => c.json(await operations.doctor()));
  routes.get('/diagnostics', async (c) => c.json(await operations.diagnostics()));
  routes.get('/health', async (c) => c.json(await operations.health()));
  return routes;
}
