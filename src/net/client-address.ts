import { canonicalAddress } from './canonical-address.ts';
import { inCidrs } from './cidr.ts';

export interface Forwarded {
  /** The address at the other end of the socket. */
  readonly peer: string;
  /** The `X-Forwarded-For` header, all its lines in order. */
  readonly forwardedFor?: string | readonly string[];
  /** Networks of our proxies, or how many of them stand in front of us (a number, or one as text: `"1"`). */
  readonly trustedProxies: readonly string[] | number;
}

/**
 * Who sent a request. `X-Forwarded-For` is read from the right and only as far as trusted proxies wrote it; whatever
 * a client put to the left of that is not looked at.
 */
export function clientAddress({ peer, forwardedFor = '', trustedProxies }: Forwarded): string {
  const hops = hopsOf(trustedProxies);
  const own = plainPeer(peer);
  if (trustedProxies === 0 || (typeof trustedProxies !== 'number' && trustedProxies.length === 0)) return own;
  const lines = typeof forwardedFor === 'string' ? [forwardedFor] : forwardedFor;
  const chain = lines
    .join(',')
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  if (hops !== undefined) return hops === 0 ? own : (plain(chain.at(Math.max(-hops, -chain.length)) ?? '') ?? own);
  return typeof trustedProxies === 'number' ? own : pastProxies(own, chain, trustedProxies);
}

const peers = new Map<string, string>();
const MOST_PEERS = 10_000;

/** The same few addresses come again and again. */
function plainPeer(peer: string): string {
  const known = peers.get(peer);
  if (known !== undefined) return known;
  if (peers.size >= MOST_PEERS) peers.clear();
  const address = plain(peer) ?? peer;
  peers.set(peer, address);
  return address;
}

/** Goes left while the last address is one of our proxies; an entry that is no address ends it. */
function pastProxies(peer: string, chain: readonly string[], proxies: readonly string[]): string {
  let client = peer;
  for (const entry of [...chain].reverse()) {
    const next = plain(entry);
    if (!inCidrs(client, proxies) || next === undefined) return client;
    client = next;
  }
  return client;
}

function hopsOf(trusted: readonly string[] | number): number | undefined {
  if (typeof trusted === 'number') return Math.max(0, Math.trunc(trusted));
  const [only] = trusted;
  return trusted.length === 1 && /^\d{1,2}$/.test(only ?? '') ? Number(only) : undefined;
}

/** An entry without port and brackets, in canonical form; undefined when it is no address (`unknown`, `_hidden`). */
function plain(entry: string): string | undefined {
  const [, bracketed] = /^\[([^\]]+)\](?::\d+)?$/.exec(entry) ?? [];
  const [, beforePort] = /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(entry) ?? [];
  const address = (bracketed ?? beforePort ?? entry).replace(/%.*$/s, '');
  return /^[0-9a-f.:]+$/i.test(address) && /[.:]/.test(address) ? canonicalAddress(address) : undefined;
}
