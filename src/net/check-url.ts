import { isIP } from 'node:net';
import { hostText, oddSpelling } from './canonical-address.ts';
import { classifyAddress } from './classify-address.ts';

export type CheckedUrl =
  | {
      readonly ok: true;
      readonly url: URL /** The host is an IP address that its author wrote out. */;
      readonly isLiteral: boolean;
    }
  | { readonly ok: false; readonly reason: 'invalid_request' | 'blocked_address'; readonly error: string };

/** Hosts whose addresses are refused anyway, named for resolvers that answer with others. */
const METADATA_NAMES: readonly string[] = [
  'metadata',
  'metadata.goog',
  'metadata.google.internal',
  'metadata.azure.internal',
  'metadata.tencentyun.com',
  'instance-data',
  'instance-data.ec2.internal',
];

/**
 * Judges a URL as it is written, before any look-up: http or https, no user name in it, no address in an odd spelling,
 * no address that is never connected to. A private or loopback address in canonical form is its author's choice.
 */
export function checkUrl(text: string): CheckedUrl {
  const url = parsed(text);
  if (!url) return invalid(`"${withoutQuery(text)}" is not a URL`);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    return invalid(`the URL must begin with http:// or https://, got ${url.protocol}`);
  }
  if (url.username !== '' || url.password !== '') return invalid('the URL must not carry a user name or password');
  const written = hostText(text) ?? '';
  if (/[^\u0021-\u007e]/.test(written)) return blocked(`the host must be ASCII: as it stands it means ${url.hostname}`);
  const canonical = oddSpelling(written);
  if (canonical !== undefined)
    return blocked(`${written} is an odd spelling of ${canonical}: write the address plainly`);
  if (METADATA_NAMES.includes(url.hostname.replace(/\.+$/, ''))) {
    return blocked(`${url.hostname} is a metadata service, which is never connected to`);
  }
  const address = url.hostname.replace(/^\[|\]$/g, '');
  const isLiteral = isIP(address) !== 0;
  if (isLiteral && classifyAddress(address) === 'forbidden') {
    return blocked(`${address} is an address that is never connected to (metadata, link-local, reserved)`);
  }
  return { ok: true, url, isLiteral };
}

/** What is wrong with a URL of a bundle file, as one sentence; undefined when nothing is. */
export function urlProblem(text: string): string | undefined {
  const checked = checkUrl(text);
  return checked.ok ? undefined : checked.error;
}

/** A URL as it may be shown: without query, fragment and credentials. */
export function withoutQuery(url: string): string {
  return url.replace(/[?#].*$/s, '').replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/]*@/i, '$1');
}

function parsed(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}

function invalid(error: string): CheckedUrl {
  return { ok: false, reason: 'invalid_request', error };
}

function blocked(error: string): CheckedUrl {
  return { ok: false, reason: 'blocked_address', error };
}
