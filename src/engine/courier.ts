import { setMaxListeners } from 'node:events';
import type { Delivery } from '../domain/delivery.ts';
import type { Bundles } from '../domain/ports/bundles.ts';
import type { NewId } from '../domain/ports/ids.ts';
import type { RunId } from '../domain/run.ts';
import { alertAboutUndeliverable } from './extra-alerts.ts';
import { DEFAULT_SEND_MS, type SendPorts, sendDelivery } from './send-delivery.ts';
import type { Service } from './service.ts';
import { createTargetLine } from './target-line.ts';
import { createUnderWay } from './under-way.ts';

/** Rows taken at a time; those of a slow target wait in memory while others pass. */
const CLAIMED_AT_ONCE = 64;
const WAITING_AT_MOST = 256;

const LEASE_MS = 60_000;

/** Recording an attempt takes less. */
const LEASE_MARGIN_MS = 5000;

export interface CourierPorts extends SendPorts {
  readonly bundles: Bundles;
  readonly newId: NewId;
}

export interface Courier extends Service {
  wakeOn(poke: () => void): () => void;
  stop(): Promise<void>;
  /** Makes one attempt of each row of a run that is due now, and returns when all are recorded. */
  deliverRun(run: RunId): Promise<void>;
}

/** Carries outbox rows to their targets: results, alerts and recovery notes, each with its own pace. */
export function createCourier(ports: CourierPorts): Courier {
  const { database, clock } = ports;
  const underWay = createUnderWay(clock);
  const stopping = new AbortController();
  setMaxListeners(0, stopping.signal);
  const send = createSending(ports, stopping.signal);
  const line = createTargetLine({ clock, underWay, send });

  const claim = async (limit: number, run?: RunId): Promise<number> => {
    const claimed = await database.claimDeliveries({ limit, leaseMs: LEASE_MS, run }, clock.now());
    line.add(claimed, clock.monotonic() + LEASE_MS - DEFAULT_SEND_MS - LEASE_MARGIN_MS);
    return claimed.length;
  };

  return {
    name: 'courier',
    wakeOn: underWay.wakeOn,
    tick: async () => {
      for (;;) {
        const room = Math.min(CLAIMED_AT_ONCE, WAITING_AT_MOST - line.waiting());
        if (line.isClosed() || room <= 0) return {};
        if ((await claim(room)) < room) return { nextAt: await database.nextDeliveryAt() };
      }
    },
    deliverRun: async (run) => {
      await claim(CLAIMED_AT_ONCE, run);
      await underWay.finishWithin(LEASE_MS);
    },
    stop: async () => {
      line.close();
      await underWay.finishWithin(DEFAULT_SEND_MS);
      stopping.abort();
      await underWay.finishWithin(LEASE_MARGIN_MS);
    },
  };
}

/** Sending never rejects: a row that could not be recorded stays claimed until its lease is over. */
function createSending(ports: CourierPorts, signal: AbortSignal) {
  return async (delivery: Delivery): Promise<void> => {
    const bundle = ports.bundles.active();
    try {
      const { dead } = await sendDelivery(ports, delivery, { bundle, signal });
      if (dead) await alertAboutUndeliverable(ports, bundle, { delivery, error: dead.error });
    } catch (error) {
      ports.logger.error('a delivery could not be recorded', { delivery: delivery.id, error: String(error) });
    }
  };
}
