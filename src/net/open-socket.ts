import { connect, isIP, type Socket } from 'node:net';
import { oddSpelling } from './canonical-address.ts';
import { addressRefusal, guardedLookup, type Resolve, systemResolve } from './guarded-lookup.ts';

export interface SocketTarget {
  /** A name or an IP address in canonical form. */
  readonly host: string;
  readonly port: number;
  readonly allowPrivateNetwork?: boolean;
  readonly deadlineMs: number;
  readonly resolve?: Resolve;
  readonly signal?: AbortSignal;
}

export type OpenedSocket =
  | { readonly ok: true; readonly socket: Socket }
  | {
      readonly ok: false;
      readonly reason: 'blocked_address' | 'network' | 'timeout' | 'aborted';
      readonly error: string;
    };

/** Opens a TCP connection under the same address rules as the HTTP client, for protocols that are not HTTP. */
export function openSocket(target: SocketTarget): Promise<OpenedSocket> {
  const { host, port, allowPrivateNetwork = false, deadlineMs, resolve: resolveName = systemResolve, signal } = target;
  const refusal = literalRefusal(host);
  if (refusal) return Promise.resolve({ ok: false, reason: 'blocked_address', error: refusal });
  return new Promise((resolve) => {
    const socket = connect({ host, port, lookup: guardedLookup({ resolve: resolveName, allowPrivateNetwork }) });
    const finish = (opened: OpenedSocket) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      if (!opened.ok) socket.destroy();
      resolve(opened);
    };
    const onAbort = () => finish({ ok: false, reason: 'aborted', error: `${host}: the connection was given up` });
    const timer = setTimeout(() => {
      finish({ ok: false, reason: 'timeout', error: `${host}: no connection within ${deadlineMs / 1000} s` });
    }, deadlineMs);
    socket.once('connect', () => finish({ ok: true, socket }));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      const reason = error.code === 'EBLOCKED' ? 'blocked_address' : 'network';
      finish({ ok: false, reason, error: `${host}: ${error.message || error.code}` });
    });
    signal?.addEventListener('abort', onAbort, { once: true });
    if (signal?.aborted) onAbort();
  });
}

function literalRefusal(host: string): string | undefined {
  const canonical = oddSpelling(host);
  if (canonical !== undefined) return `${host} is an odd spelling of ${canonical}: write the address plainly`;
  const refusal = isIP(host) === 0 ? undefined : addressRefusal(host, true);
  return refusal && `the host is ${refusal}`;
}
