import { isIP } from 'node:net';

/** Whether an address is one of ours to trust; a network's rule, given by net/. */
export type IsInNetworks = (address: string, networks: readonly string[]) => boolean;

/** More hops than this are no proxies of ours. */
const MOST_HOPS = 32;

/**
 * The sender's address: the socket's, unless that is a trusted proxy; then the rightmost address of `X-Forwarded-For`
 * that is not one. Whatever stands further left was written by the sender itself.
 */
export function peerAddress(
  socketAddress: string,
  forwardedFor: readonly string[],
  trusted: { readonly proxies: readonly string[]; readonly isInNetworks: IsInNetworks },
): string {
  let address = plainAddress(socketAddress);
  if (trusted.proxies.length === 0) return address;
  const hops = forwardedFor.flatMap((line) => line.split(',')).slice(-MOST_HOPS);
  for (const hop of hops.reverse()) {
    if (!trusted.isInNetworks(address, trusted.proxies)) return address;
    const before = plainAddress(hop.trim());
    if (isIP(before) === 0) return address;
    address = before;
  }
  return address;
}

/** An IPv4 address that came over an IPv6 socket is the IPv4 address. */
function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '').replace(/^\[(.*)\]$/, '$1');
}
