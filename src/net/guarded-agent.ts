import { isIP } from 'node:net';
import { Agent, buildConnector } from 'undici';
import { addressRefusal, BlockedAddressError, type GuardOptions, guardedLookup } from './guarded-lookup.ts';

const CONNECT_TIMEOUT_MS = 10_000;

/** Header bytes of an answer. */
const MAX_HEADER_BYTES = 32_768;

/**
 * Connections of one address policy; they are never shared with another's. Each is judged at the look-up and again by
 * the address that its socket has.
 */
export function createGuardedAgent(options: GuardOptions): Agent {
  const connect = buildConnector({
    lookup: guardedLookup(options),
    timeout: CONNECT_TIMEOUT_MS,
    autoSelectFamily: true,
  });
  return new Agent({
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: (target, callback) => {
      const isLiteral = isIP(target.hostname.replace(/^\[|\]$/g, '')) !== 0;
      const allowPrivateNetwork = options.allowPrivateNetwork || isLiteral;
      connect(target, (error, socket) => {
        const peer = socket?.remoteAddress;
        const refusal = peer === undefined ? undefined : addressRefusal(peer, allowPrivateNetwork);
        if (refusal === undefined) return error ? callback(error, null) : callback(null, socket);
        socket?.destroy();
        callback(new BlockedAddressError(`${target.hostname} is ${refusal}`), null);
      });
    },
  });
}
