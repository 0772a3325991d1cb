import { setMaxListeners } from 'node:events';
import { type Context, Hono, type MiddlewareHandler } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { AmodalError } from '../domain/error.ts';
import type { Clock } from '../domain/ports/clock.ts';
import type { Logger } from '../domain/ports/logger.ts';
import type { Callers } from '../operations/callers.ts';
import type { Operations } from '../operations/operations.ts';
import { isAdmin } from './caller.ts';
import { isHostAllowed } from './loopback.ts';
import type { Metrics } from './metrics.ts';
import { openApi } from './openapi.ts';
import { problem, problemResponse } from './problem.ts';
import { methodsOf } from './routes.ts';
import { agentRoutes } from './routes-agents.ts';
import { auditRoutes } from './routes-audit.ts';
import { automationRoutes } from './routes-automations.ts';
import { fileRoutes } from './routes-files.ts';
import { keyRoutes } from './routes-keys.ts';
import { olderClientRoutes } from './routes-older-clients.ts';
import { runReadingRoutes, runRoutes } from './routes-runs.ts';
import { sessionRoutes } from './routes-sessions.ts';
import { accountRoutes, deliveryRoutes, storeRoutes } from './routes-state.ts';
import { webhookRoutes } from './routes-webhooks.ts';

export interface AppOptions {
  readonly operations: Operations;
  readonly callers: Callers;
  /** Admin token; undefined = no token opens the API, so that it must be reachable from this machine alone. */
  readonly token?: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics?: Metrics;
  /** Aborts when the server stops: streams end. */
  readonly stopping?: AbortSignal;
  /** Set when the server listens on loopback: only requests to this machine's names, or to this URL's, are heard. */
  readonly loopbackUrl?: () => string;
}

/** Every route of the API but the webhooks, as a Hono app; each refusal is a problem document. */
export function createApp(options: AppOptions): Hono {
  const { operations, callers, token, clock, stopping = new AbortController().signal } = options;
  // Every caller that waits for a run listens to it.
  setMaxListeners(0, stopping);
  const app = new Hono();
  app.onError((error, c) => refused(options.logger, error, c));
  app.notFound((c) => notFound(c));
  app.use(secureHeaders);
  if (options.loopbackUrl) app.use(requireHost(options.loopbackUrl));

  app.get('/healthz', (c) => c.json({ status: 'ok' }));
  app.get('/readyz', async (c) => {
    const { status } = await operations.health();
    return c.json({ status }, status === 'ok' ? 200 : 503);
  });

  app.route('/api/agents', agentRoutes(callers, stopping));
  app.route('/api/runs', runReadingRoutes({ operations, clock, stopping }, callers, token));
  app.route('/api/sessions', sessionRoutes(callers, token));
  app.route('/api/files', fileRoutes({ callers, clock }, token));

  app.use(requireToken(token));
  app.get('/metrics', async (c) => metricsText(options.metrics, c));
  app.get('/api/openapi.json', (c) => c.json(openApi()));
  app.route('/api/automations', automationRoutes(operations));
  app.route('/api/runs', runRoutes(operations));
  app.route('/api/keys', keyRoutes(operations));
  app.route('/api/deliveries', deliveryRoutes(operations));
  app.route('/api/stores', storeRoutes(operations));
  app.route('/api/webhooks', webhookRoutes(operations));
  app.route('/api/audit', auditRoutes(operations));
  app.route('/api', accountRoutes(operations));
  app.route('/automations', olderClientRoutes(operations));
  return app;
}

const secureHeaders: MiddlewareHandler = async (c, next) => {
  await next();
  c.res.headers.set('x-content-type-options', 'nosniff');
  if (!c.res.headers.has('cache-control')) c.res.headers.set('cache-control', 'no-store');
};

function requireHost(publicUrl: () => string): MiddlewareHandler {
  return async (c, next) => {
    if (isHostAllowed(c.req.header('host'), publicUrl())) return next();
    throw new AmodalError('forbidden', 'This Host is not served here: use localhost, or set server.publicUrl.');
  };
}

function requireToken(token: string | undefined): MiddlewareHandler {
  return async (c, next) => {
    if (isAdmin(c, token)) return next();
    throw new AmodalError('unauthorized', 'The admin token is needed: Authorization: Bearer <token>.');
  };
}

async function metricsText(metrics: Metrics | undefined, c: Context): Promise<Response> {
  if (!metrics) throw new AmodalError('not_found', 'This server keeps no metrics.');
  const { text, contentType } = await metrics.render();
  return c.body(text, 200, { 'content-type': contentType });
}

function notFound(c: Context): Response {
  const allowed = methodsOf(c.req.path);
  if (allowed.length === 0) return problem(404, 'not_found', 'Nothing is served at this path; see /api/openapi.json.');
  const detail = `${c.req.method} is not served here; allowed: ${allowed.join(', ')}.`;
  return problem(405, 'bad_request', detail, { allow: allowed.join(', ') });
}

function refused(logger: Logger, error: unknown, c: Context): Response {
  if (error instanceof HTTPException && error.res) return error.res;
  if (!(error instanceof AmodalError)) {
    const { method, path } = c.req;
    logger.error('a request failed', { method, path, error: error instanceof Error ? error.stack : String(error) });
  }
  return problemResponse(error);
}
