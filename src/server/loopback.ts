import { BlockList, isIP } from 'node:net';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** True for `localhost` and for addresses that only this machine can reach. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[(.*)\]$/, '$1');
  if (bare.toLowerCase() === 'localhost' || bare.toLowerCase().endsWith('.localhost')) return true;
  const family = isIP(bare);
  return family !== 0 && LOOPBACK.check(bare, family === 6 ? 'ipv6' : 'ipv4');
}

/**
 * Whether a request's Host may speak to a server that listens on loopback: a page that a browser shows can make its
 * own name resolve to 127.0.0.1, but it cannot choose the Host header.
 */
export function isHostAllowed(host: string | undefined, publicUrl: string): boolean {
  if (!host) return false;
  const name = hostnameOf(`http://${host}`);
  return name !== undefined && (isLoopback(name) || name === hostnameOf(publicUrl));
}

function hostnameOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).hostname : undefined;
}
