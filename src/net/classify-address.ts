import { BlockList, isIP } from 'node:net';

/**
 * What an IP address is to us. `forbidden` is never connected to: metadata services, link-local, unspecified,
 * multicast, reserved and documentation ranges, and IPv6 forms that carry an IPv4 address (mapped, NAT64, 6to4, Teredo).
 */
export type AddressKind = 'public' | 'loopback' | 'private' | 'forbidden';

const FORBIDDEN_4 = networks('ipv4', [
  '0.0.0.0/8',
  '100.100.100.200/32', // Alibaba Cloud metadata
  '168.63.129.16/32', // Azure's host agent
  '169.254.0.0/16', // link-local, with the metadata services of AWS, GCP, Azure, ECS, EKS
  '192.0.0.0/24', // with Oracle Cloud's metadata
  '192.0.2.0/24',
  '192.88.99.0/24',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
]);
const LOOPBACK_4 = networks('ipv4', ['127.0.0.0/8']);
const PRIVATE_4 = networks('ipv4', ['10.0.0.0/8', '100.64.0.0/10', '172.16.0.0/12', '192.168.0.0/16', '198.18.0.0/15']);

const FORBIDDEN_6 = networks('ipv6', [
  'fd00:ec2::/112', // AWS metadata
  'fd20:ce::254/128', // GCP metadata
  '2001::/23', // Teredo and other protocol assignments
  '2001:db8::/32',
  '2002::/16', // 6to4
  '3fff::/20',
]);
const LOOPBACK_6 = networks('ipv6', ['::1/128']);
const PRIVATE_6 = networks('ipv6', ['fc00::/7', 'fe80::/10', 'fec0::/10']);
const GLOBAL_6 = networks('ipv6', ['2000::/3']);

/** Classifies an IP address in text form; whatever is no IP address, or is IPv6 outside the known ranges, is `forbidden`. */
export function classifyAddress(address: string): AddressKind {
  const plain = address.replace(/%.*$/s, '');
  switch (isIP(plain)) {
    case 4:
      return classify4(plain);
    case 6:
      return classify6(plain);
    default:
      return 'forbidden';
  }
}

function classify4(address: string): AddressKind {
  if (FORBIDDEN_4.check(address, 'ipv4')) return 'forbidden';
  if (LOOPBACK_4.check(address, 'ipv4')) return 'loopback';
  return PRIVATE_4.check(address, 'ipv4') ? 'private' : 'public';
}

/** Outside 2000::/3 only what is listed has a meaning; so mapped, compatible and NAT64 addresses are forbidden. */
function classify6(address: string): AddressKind {
  if (FORBIDDEN_6.check(address, 'ipv6')) return 'forbidden';
  if (LOOPBACK_6.check(address, 'ipv6')) return 'loopback';
  if (PRIVATE_6.check(address, 'ipv6')) return 'private';
  return GLOBAL_6.check(address, 'ipv6') ? 'public' : 'forbidden';
}

function networks(family: 'ipv4' | 'ipv6', ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [network = '', prefix] = range.split('/');
    list.addSubnet(network, Number(prefix), family);
  }
  return list;
}
