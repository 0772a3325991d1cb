import { inCidrs } from '../net/index.ts';
import { createIntake } from '../operations/index.ts';
import { createApp, createMetrics, createWebhookHandler, isLoopback, listen } from '../server/index.ts';
import type { Composition, Parts } from './compose.ts';
import { DEFAULT_HOST, DEFAULT_PORT } from './config.ts';
import { newId } from './ids.ts';

export interface DoorOptions extends Parts {
  readonly host?: string;
  readonly port?: number;
  /** The token that somebody chose; a bind beyond loopback needs one. */
  readonly token?: string;
  /** That token, or the one made for this start. */
  readonly adminToken: string;
}

export interface Doors {
  readonly url: string;
  close(): Promise<void>;
}

/** Opens the HTTP API and the webhooks on one port. */
export async function openDoors(composition: Composition, options: DoorOptions): Promise<Doors> {
  const { bundles, clock, logger, registries, token, adminToken, publicUrl } = options;
  const { database, operations, callers, watch, tally } = composition;
  const { server } = bundles.active().settings;
  const host = options.host ?? server.host ?? DEFAULT_HOST;
  const stopping = new AbortController();
  const metrics = createMetrics({ watch, database, tally });
  const intake = createIntake({
    ...options,
    database,
    watch,
    tally,
    newId,
    presets: registries.presets,
    onEnqueued: () => composition.onWork('run'),
    isInNetworks: inCidrs,
  });
  const listening = await listen({
    host,
    port: options.port ?? server.port ?? DEFAULT_PORT,
    token,
    clock,
    app: createApp({
      operations,
      callers,
      token: adminToken,
      clock,
      logger,
      metrics,
      stopping: stopping.signal,
      loopbackUrl: isLoopback(host) ? publicUrl : undefined,
    }),
    webhooks: createWebhookHandler({
      intake,
      clock,
      logger,
      metrics,
      stopping: stopping.signal,
      trustedProxies: () => bundles.active().settings.server.trustedProxies,
    }),
  });
  const close = () => {
    stopping.abort();
    return listening.close();
  };
  return { url: listening.url, close };
}
