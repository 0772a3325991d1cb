import type { Socket } from 'node:net';
import { classifyAddress, openSocket } from '../../../net/index.ts';
import type { ServerTarget } from '../sql-job.ts';

export interface DatabaseSocket {
  /** Connected. */
  readonly socket: Socket;
  /** Undefined = no TLS. */
  readonly tls?: { readonly rejectUnauthorized: boolean; readonly ca?: string };
}

/** Connects under the same address rules as everything else that leaves; throws with a sentence. */
export async function openDatabaseSocket(target: ServerTarget, deadlineMs: number): Promise<DatabaseSocket> {
  const { host, port, allowPrivateNetwork } = target;
  const opened = await openSocket({ host, port, allowPrivateNetwork, deadlineMs });
  if (!opened.ok) throw new Error(opened.error);
  const { socket } = opened;
  const tls = tlsFor(target, socket.remoteAddress ?? '');
  return tls ? { socket, tls } : { socket };
}

function tlsFor({ tls, ca }: ServerTarget, address: string): DatabaseSocket['tls'] {
  const mode = tls ?? (classifyAddress(address) === 'public' ? 'verified' : 'off');
  if (mode === 'off') return undefined;
  return { rejectUnauthorized: mode === 'verified', ...(ca ? { ca } : {}) };
}
