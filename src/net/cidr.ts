import { BlockList, isIP } from 'node:net';
import { canonicalAddress } from './canonical-address.ts';

/** A network: the addresses that share the first `prefix` bits with `address`. */
export interface Cidr {
  readonly address: string;
  readonly prefix: number;
  readonly family: 'ipv4' | 'ipv6';
}

/** Reads `10.0.0.0/8`, `2001:db8::/32` or a single address; undefined for anything else (odd spellings included). */
export function parseCidr(text: string): Cidr | undefined {
  const [address = '', prefix, ...rest] = text.split('/');
  const version = isIP(address);
  const width = version === 4 ? 32 : 128;
  const isPrefix = prefix === undefined || (/^(0|[1-9]\d{0,2})$/.test(prefix) && Number(prefix) <= width);
  if (version === 0 || !isPrefix || rest.length > 0 || address.includes('%')) return undefined;
  return { address, prefix: prefix === undefined ? width : Number(prefix), family: version === 4 ? 'ipv4' : 'ipv6' };
}

/** Whether an address is in one of the networks. An IPv4-mapped IPv6 address counts as the IPv4 one; what is no network matches nothing. */
export function inCidrs(address: string, networks: readonly string[]): boolean {
  const plain = canonicalAddress(address.replace(/%.*$/s, ''));
  if (plain === undefined) return false;
  const family = isIP(plain) === 4 ? 'ipv4' : 'ipv6';
  return networks.some((network) => {
    const cidr = parseCidr(network);
    return cidr?.family === family && listOf(network, cidr).check(plain, family);
  });
}

const lists = new Map<string, BlockList>();
const MAX_LISTS = 10_000;

function listOf(network: string, { address, prefix, family }: Cidr): BlockList {
  const known = lists.get(network);
  if (known) return known;
  const list = new BlockList();
  list.addSubnet(address, prefix, family);
  if (lists.size >= MAX_LISTS) lists.clear();
  lists.set(network, list);
  return list;
}
