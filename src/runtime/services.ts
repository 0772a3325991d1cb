import type { Clock } from '../domain/ports/clock.ts';
import type { Logger } from '../domain/ports/logger.ts';
import { runService } from '../engine/index.ts';
import type { Composition } from './compose.ts';

export interface RunningServices {
  /** Takes nothing new, finishes or hands back what runs, then sends what is due. */
  stop(): Promise<void>;
}

/** Starts the four services, after taking back what a dead predecessor had under way. */
export async function startServices(
  composition: Composition,
  ports: { readonly clock: Clock; readonly logger: Logger },
): Promise<RunningServices> {
  await composition.reaper.tick();
  await composition.database.releaseDeliveries(ports.clock.now());
  const scheduler = runService(composition.scheduler, ports);
  const worker = runService(composition.worker, ports);
  const courier = runService(composition.courier, ports);
  const reaper = runService(composition.reaper, ports);
  composition.onWork = (what) => {
    const service = { run: worker, delivery: courier, schedule: scheduler }[what];
    service.poke();
  };
  return {
    stop: async () => {
      await Promise.all([scheduler.stop(), reaper.stop()]);
      await worker.stop();
      await courier.stop();
    },
  };
}
