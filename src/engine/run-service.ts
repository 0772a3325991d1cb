import type { Clock } from '../domain/ports/clock.ts';
import type { Logger } from '../domain/ports/logger.ts';
import { breathe, type Service } from './service.ts';

/** A service looks at the world at least this often: clocks jump, other processes write. */
const DEFAULT_TICK_MS = 30_000;

const FIRST_BACKOFF_MS = 250;
const LONGEST_BACKOFF_MS = 30_000;

export interface RunningService {
  readonly name: string;
  /** Ticks again at once, or right after the tick that is under way. */
  poke(): void;
  /** Resolves when the loop has ended and the service has let go of its work. */
  stop(): Promise<void>;
}

/**
 * Ticks a service until it is stopped: when it asked to be, when poked, and at least every 30 s. A tick that fails is
 * logged and repeated with growing pauses; nothing is ever thrown into the void.
 */
export function runService(
  service: Service,
  options: { readonly clock: Clock; readonly logger: Logger; readonly tickMs?: number },
): RunningService {
  const { clock, logger, tickMs = DEFAULT_TICK_MS } = options;
  let waking = new AbortController();
  let isStopping = false;
  let failures = 0;

  const look = async (): Promise<number> => {
    try {
      const { nextAt } = await service.tick();
      failures = 0;
      return nextAt === undefined ? tickMs : Math.min(tickMs, Math.max(0, nextAt - clock.now()));
    } catch (error) {
      failures += 1;
      const backoffMs = Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (failures - 1));
      logger.error(`${service.name} failed and tries again`, { error: String(error), failures, backoffMs });
      // A poke from before or during the failure does not count: it would keep a broken service spinning.
      waking = new AbortController();
      return backoffMs;
    }
  };

  const loop = async () => {
    while (!isStopping) {
      waking = new AbortController();
      const pause = await look();
      if (pause > 0 && !isStopping) await clock.sleep(pause, waking.signal);
      await breathe();
    }
  };

  const poke = () => {
    if (failures === 0) waking.abort('poked');
  };
  const undo = service.wakeOn?.(poke);
  const ended = loop();
  const stopService = async () => {
    try {
      await service.stop?.();
    } catch (error) {
      logger.error(`${service.name} did not stop well`, { error: String(error) });
    }
  };
  let stopped: Promise<unknown> | undefined;
  return {
    name: service.name,
    poke,
    stop: async () => {
      isStopping = true;
      waking.abort();
      undo?.();
      stopped ??= ended.then(stopService);
      await stopped;
    },
  };
}
