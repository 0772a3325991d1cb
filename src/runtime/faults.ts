import { type FaultPoint, type Faults, NO_FAULTS } from '../domain/ports/faults.ts';

/**
 * Crash tests name a point and a count in `AMODAL_FAULT` (`tool.after-send:2` = the second time it is reached) and
 * the process kills itself there with SIGKILL. Without the variable nothing is counted.
 */
export function faultsFromEnv(env: Readonly<Record<string, string | undefined>> = process.env): Faults {
  const [point, count = '1'] = (env.AMODAL_FAULT ?? '').split(':');
  if (!point) return NO_FAULTS;
  let left = Number(count);
  return (reached: FaultPoint) => {
    if (reached !== point) return;
    left -= 1;
    if (left === 0) process.kill(process.pid, 'SIGKILL');
  };
}
