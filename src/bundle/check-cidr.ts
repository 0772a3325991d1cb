import { parseCidr } from '../net/index.ts';
import { quote } from './describe-value.ts';

/** What is wrong with a network such as `203.0.113.0/24` or `2001:db8::/32`; one address is a network, too. */
export function checkCidr(network: string): string | undefined {
  if (parseCidr(network)) return undefined;
  return `expected a network such as "203.0.113.0/24" or "2001:db8::/32", got ${quote(network)}`;
}
