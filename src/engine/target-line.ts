import type { Delivery } from '../domain/delivery.ts';
import type { Clock } from '../domain/ports/clock.ts';
import { placeOf } from './resolve-target.ts';
import type { UnderWay } from './under-way.ts';

/** Attempts under way at once, over all targets and for one target. */
const DEFAULT_SENDING = 16;
const DEFAULT_SENDING_PER_TARGET = 4;

/** Claimed rows that wait for their target to have room. */
export interface TargetLine {
  /** `sendBefore`, monotonic ms: later an attempt could outlive the row's lease, so the row is left to a later claim. */
  add(deliveries: readonly Delivery[], sendBefore: number): void;
  waiting(): number;
  /** Drops what waits and takes nothing more. */
  close(): void;
  isClosed(): boolean;
}

interface Waiting {
  readonly delivery: Delivery;
  readonly sendBefore: number;
}

/** Starts rows in order, past those whose target has enough under way: a slow one holds up only itself. */
export function createTargetLine(options: {
  readonly clock: Clock;
  readonly underWay: UnderWay;
  readonly send: (delivery: Delivery) => Promise<void>;
}): TargetLine {
  const { clock, underWay, send } = options;
  const sending = new Map<string, number>();
  let line: Waiting[] = [];
  let isClosed = false;

  const start = async (delivery: Delivery): Promise<void> => {
    const place = placeOf(delivery.target);
    sending.set(place, (sending.get(place) ?? 0) + 1);
    await send(delivery);
    const left = (sending.get(place) ?? 1) - 1;
    if (left > 0) sending.set(place, left);
    else sending.delete(place);
  };

  const isFree = ({ target }: Delivery): boolean =>
    underWay.size < DEFAULT_SENDING && (sending.get(placeOf(target)) ?? 0) < DEFAULT_SENDING_PER_TARGET;

  const advance = (): void => {
    const timely = line.filter(({ sendBefore }) => clock.monotonic() <= sendBefore);
    line = timely.filter(({ delivery }) => {
      if (!isFree(delivery)) return true;
      void underWay.track(start(delivery));
      return false;
    });
  };

  underWay.wakeOn(advance);
  return {
    add: (deliveries, sendBefore) => {
      if (isClosed) return;
      line.push(...deliveries.map((delivery) => ({ delivery, sendBefore })));
      advance();
    },
    waiting: () => line.length,
    close: () => {
      isClosed = true;
      line = [];
    },
    isClosed: () => isClosed,
  };
}
