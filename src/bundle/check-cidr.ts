import { quote } from './describe-value.ts';

const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;

/** What is wrong with a network such as `203.0.113.0/24` or `2001:db8::/32`; one address is a network, too. */
export function checkCidr(network: string): string | undefined {
  const [address = '', bits, ...rest] = network.split('/');
  const longest = IPV4.test(address) ? 32 : isIpv6(address) ? 128 : undefined;
  const expected = 'expected a network such as "203.0.113.0/24" or "2001:db8::/32"';
  if (longest === undefined || rest.length > 0) return `${expected}, got ${quote(network)}`;
  if (bits === undefined) return undefined;
  if (!/^\d{1,3}$/.test(bits) || Number(bits) > longest)
    return `${expected} with /0 to /${longest}, got ${quote(network)}`;
  return undefined;
}

function isIpv6(address: string): boolean {
  return /^[\da-f:.]+$/i.test(address) && address.includes(':') && URL.canParse(`http://[${address}]/`);
}
