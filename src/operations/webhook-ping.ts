import { createHmac } from 'node:crypto';
import { secretsEqual } from '../domain/secrets-equal.ts';

/** The header by which the runtime knows its own test requests: signed like any other, they start no run. */
export const PING_HEADER = 'x-amodal-ping';

const VALID_MS = 60_000;

/** The header's value: a time and who asks, signed with the instance secret. */
export function pingOf(instanceSecret: string, automation: string, now: number): string {
  return `${now}.${macOf(instanceSecret, automation, now)}`;
}

/** Whether the runtime made this header for this automation, within the last minute. */
export function isOwnPing(
  value: string | undefined,
  {
    instanceSecret,
    automation,
    now,
  }: { readonly instanceSecret: string; readonly automation: string; readonly now: number },
): boolean {
  const [, time, mac] = /^(\d{13})\.([0-9a-f]{64})$/.exec(value ?? '') ?? [];
  if (time === undefined || mac === undefined || Math.abs(now - Number(time)) > VALID_MS) return false;
  return secretsEqual(mac, macOf(instanceSecret, automation, Number(time)));
}

function macOf(instanceSecret: string, automation: string, time: number): string {
  return createHmac('sha256', instanceSecret)
    .update(`webhook-ping|${automation.length}:${automation}|${time}`)
    .digest('hex');
}
