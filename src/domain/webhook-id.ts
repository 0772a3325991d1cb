import { createHmac } from 'node:crypto';
import type { AutomationState } from './automation-state.ts';

const ID_BYTES = 16;

/** `auto_` and 128 bits that only the holder of the instance secret can compute: stable across deploys and restarts. */
export function webhookIdOf(instanceSecret: string, automation: string, generation: number): string {
  const mac = macOf(instanceSecret, ['webhook-id', automation, String(generation)]);
  return `auto_${mac.subarray(0, ID_BYTES).toString('hex')}`;
}

/** The 256-bit token of `/webhooks/<namespace>/<name>/<token>` and `?token=`, lower hex; derived, so never stored. */
export function webhookTokenOf(instanceSecret: string, automation: string, generation: number): string {
  return macOf(instanceSecret, ['webhook-token', automation, String(generation)]).toString('hex');
}

/** The generations whose ids and tokens open the door at `now`: the newest, and the one before while its grace lasts. */
export function validGenerations(
  state: Pick<AutomationState, 'webhookGeneration' | 'webhookGraceUntil'>,
  now: number,
): readonly number[] {
  const { webhookGeneration: newest, webhookGraceUntil: until } = state;
  return until !== undefined && until > now && newest > 1 ? [newest, newest - 1] : [newest];
}

/** Lengths stand before the parts, so that no two lists of parts give the same bytes. */
function macOf(key: string, parts: readonly string[]): Buffer {
  const text = parts.map((part) => `${Buffer.byteLength(part)}:${part}`).join('|');
  return createHmac('sha256', key).update(text).digest();
}
