import { setMaxListeners } from 'node:events';
import type { Delivery } from '../domain/delivery.ts';
import type { Bundles } from '../domain/ports/bundles.ts';
import type { NewId } from '../domain/ports/ids.ts';
import type { RunId } from '../domain/run.ts';
import { alertAboutUndeliverable } from './extra-alerts.ts';
import { placeOf } from './resolve-target.ts';
import { DEFAULT_SEND_MS, type SendPorts, sendDelivery } from './send-delivery.ts';
import type { Service } from './service.ts';

/** Attempts under way at once, over all targets and for one target. */
export const DEFAULT_SENDING = 16;
export const DEFAULT_SENDING_PER_TARGET = 4;

/** Rows taken at a time; those of a slow target wait in memory while others pass. */
const CLAIMED_AT_ONCE = 64;
const WAITING_AT_MOST = 256;

const LEASE_MS = 60_000;

export interface CourierPorts extends SendPorts {
  readonly bundles: Bundles;
  readonly newId: NewId;
  readonly drainSeconds?: number;
}

export interface Courier extends Service {
  wakeOn(poke: () => void): () => void;
  stop(): Promise<void>;
  /** Makes one attempt of each row of a run that is due now, and returns when all are recorded. */
  deliverRun(run: RunId): Promise<void>;
}

interface Waiting {
  readonly delivery: Delivery;
  /** Monotonic ms after which the row's lease could run out during an attempt: then it is left to a later claim. */
  readonly sendBefore: number;
}

/** Carries outbox rows to their targets: results, alerts and recovery notes, each with its own pace. */
export function createCourier(ports: CourierPorts): Courier {
  const { database, clock, bundles, logger } = ports;
  let waiting: Waiting[] = [];
  const sending = new Map<string, number>();
  const underWay = new Set<Promise<unknown>>();
  const pokes = new Set<() => void>();
  const stopping = new AbortController();
  setMaxListeners(0, stopping.signal);

  const claim = async (limit: number, run?: RunId): Promise<number> => {
    const claimed = await database.claimDeliveries({ limit, leaseMs: LEASE_MS, run }, clock.now());
    const sendBefore = clock.monotonic() + LEASE_MS - DEFAULT_SEND_MS - 5000;
    waiting.push(...claimed.map((delivery) => ({ delivery, sendBefore })));
    return claimed.length;
  };

  const send = async (delivery: Delivery): Promise<void> => {
    const bundle = bundles.active();
    try {
      const { dead } = await sendDelivery(ports, delivery, { bundle, signal: stopping.signal });
      if (dead) await alertAboutUndeliverable(ports, bundle, { delivery, error: dead.error });
    } catch (error) {
      // The row stays claimed until its lease is over, then it is tried again under the same id.
      logger.error('a delivery could not be recorded', { delivery: delivery.id, error: String(error) });
    }
  };

  const start = (delivery: Delivery): void => {
    const place = placeOf(delivery.target);
    sending.set(place, (sending.get(place) ?? 0) + 1);
    const work = send(delivery).finally(() => {
      const left = (sending.get(place) ?? 1) - 1;
      if (left > 0) sending.set(place, left);
      else sending.delete(place);
      underWay.delete(work);
      startWaiting();
      for (const poke of pokes) poke();
    });
    underWay.add(work);
  };

  /** Starts what may start, in order, past rows whose target has enough under way. */
  const startWaiting = (): void => {
    const kept: Waiting[] = [];
    const now = clock.monotonic();
    for (const one of waiting.splice(0)) {
      const isFree = (sending.get(placeOf(one.delivery.target)) ?? 0) < DEFAULT_SENDING_PER_TARGET;
      if (stopping.signal.aborted || now > one.sendBefore) continue;
      if (isFree && underWay.size < DEFAULT_SENDING) start(one.delivery);
      else kept.push(one);
    }
    waiting = [...kept, ...waiting];
  };

  return {
    name: 'courier',
    tick: async () => {
      for (;;) {
        const room = Math.min(CLAIMED_AT_ONCE, WAITING_AT_MOST - waiting.length);
        if (stopping.signal.aborted || room <= 0) return {};
        const claimed = await claim(room);
        startWaiting();
        if (claimed < room) break;
      }
      return { nextAt: await database.nextDeliveryAt() };
    },
    wakeOn: (poke) => {
      pokes.add(poke);
      return () => pokes.delete(poke);
    },
    deliverRun: async (run) => {
      await claim(CLAIMED_AT_ONCE, run);
      startWaiting();
      while (underWay.size > 0) await Promise.all(underWay);
    },
    stop: async () => {
      const over = new AbortController();
      waiting = [];
      const all = Promise.all(underWay).finally(() => over.abort());
      await Promise.race([all, clock.sleep(DEFAULT_SEND_MS, over.signal)]);
      stopping.abort();
      await all;
    },
  };
}
