import { crossedOutgoing, leaves } from '../domain/outgoing.ts';
import type { ConcreteCall, Decision } from '../domain/permission.ts';
import { auditPublicCall } from './record-write.ts';
import { isOffline } from './rehearse.ts';
import type { Session } from './session.ts';

type Refusal = Omit<Extract<Decision, { allow: false }>, 'allow'>;

export interface Leaving {
  readonly call: ConcreteCall;
  readonly decision: Extract<Decision, { allow: true }>;
  /** What the model wrote; files that it attaches have limits of their own. */
  readonly input: unknown;
}

/**
 * Why a call that the gate allows may not leave now, whatever its tool is: a secret in what the model wrote, the run's
 * limits, the rate of its connection. A call that may is counted.
 */
export function refuseToLeave(session: Session, { call, decision, input }: Leaving): Refusal | undefined {
  const { bundle, automation } = session.request;
  if (!leaves(call, (name) => bundle.connections.get(name))) return undefined;
  const { effect, operation } = decision;
  const deny = (rule: string, why: string): Refusal => {
    return { effect, rule, operation, message: `Refused by the runtime: ${operation}: ${why}.` };
  };
  const text = JSON.stringify(input) ?? '';
  const secrets = bundle.secrets.leaks([text, partsOf(input).join('\n'), valuesOf(input).join('')].join('\n'));
  if (secrets.length > 0) return deny('secret', `the call holds the value of a secret (${secrets.join(', ')})`);
  const bytes = Math.max(Buffer.byteLength(text), bytesOf(call));
  const crossed = crossedOutgoing(automation.limits, session.takenOut, bytes);
  if (crossed) return deny('outgoing-limit', crossed);
  const wait = secondsToWait(session, call);
  if (wait > 0) return deny('rate', `the connection's "rate" is used up; there is room again in ${wait} s`);
  session.takenOut.requests += 1;
  session.takenOut.bytes += bytes;
  return undefined;
}

/** What a request consists of, also where a custom tool of the bundle has filled it in. */
function bytesOf(call: ConcreteCall): number {
  if (call.kind !== 'http') return 0;
  const { path, query, headers, body } = call;
  return Buffer.byteLength(JSON.stringify({ path, query, headers, body }));
}

/** A call to a place that others can see is in the audit trail before it leaves. */
export async function recordPublicCall(session: Session, tool: string, key: string, call: ConcreteCall): Promise<void> {
  const name = connectionOf(call);
  if (name === undefined || session.request.bundle.connections.get(name)?.egress !== 'public') return;
  await auditPublicCall(session, { tool, key, connection: name, call });
}

/** Every name and value on a line of its own: what is split over a list is together again without the blanks. */
function partsOf(value: unknown): string[] {
  if (value === null || typeof value !== 'object') return [String(value)];
  if (Array.isArray(value)) return value.flatMap(partsOf);
  return Object.entries(value).flatMap(([name, field]) => [name, ...partsOf(field)]);
}

/** What is split over fields is together again without their names. */
function valuesOf(value: unknown): string[] {
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(valuesOf) : [String(value)];
}

/** Offline nothing is sent, so nothing is used up. */
function secondsToWait(session: Session, call: ConcreteCall): number {
  if (isOffline(session)) return 0;
  const { rates, request } = session;
  const name = connectionOf(call);
  const rate = name === undefined ? undefined : request.bundle.connections.get(name)?.rate;
  return name === undefined || rate === undefined ? 0 : rates.take(name, rate);
}

function connectionOf(call: ConcreteCall): string | undefined {
  return call.kind === 'http' || call.kind === 'tool' ? call.connection : undefined;
}
