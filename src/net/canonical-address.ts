import { isIP } from 'node:net';

const MAPPED = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/;

/**
 * The canonical form of an IP address in any spelling that URLs know (`127.1`, `0x7f000001`, `[::FFFF:7f00:1]`,
 * `①②⑦.0.0.1`), without brackets; undefined for a name. An IPv4-mapped IPv6 address becomes the IPv4 one.
 */
export function canonicalAddress(host: string): string | undefined {
  const bare = host.startsWith('[') ? host.slice(1, -1) : host;
  const [, high, low] = MAPPED.exec(normalised(bare) ?? '') ?? [];
  if (high === undefined || low === undefined) return normalised(bare);
  const bits = (Number.parseInt(high, 16) << 16) | Number.parseInt(low, 16);
  return [24, 16, 8, 0].map((shift) => (bits >>> shift) & 255).join('.');
}

/** What an address should have been written as, when the text is one in another spelling; else undefined. */
export function oddSpelling(host: string): string | undefined {
  const canonical = canonicalAddress(host);
  if (canonical === undefined) return undefined;
  const bare = host.startsWith('[') ? host.slice(1, -1) : host;
  return bare.toLowerCase() === canonical ? undefined : canonical;
}

/** The host of a URL as it is written, brackets included; undefined when there is none. */
export function hostText(url: string): string | undefined {
  const authority = /^[a-z][a-z0-9+.-]*:[/\\]*([^/\\?#]*)/i.exec(url.trim())?.[1];
  const host = authority?.slice(authority.lastIndexOf('@') + 1).replace(/:\d*$/, '');
  return host || undefined;
}

function normalised(bare: string): string | undefined {
  const text = bare.includes(':') ? `[${bare}]` : bare;
  try {
    const { hostname } = new URL(`http://${text}/`);
    const address = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
    return isIP(address) === 0 ? undefined : address;
  } catch {
    return undefined;
  }
}
