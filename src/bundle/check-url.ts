import { quote } from './describe-value.ts';

/** Addresses under which clouds hand out credentials; never a target, whatever a file says. */
const METADATA = ['169.254.169.254', '169.254.170.2', '168.63.129.16', '100.100.100.200', '[fd00:ec2::254]'];

const PARTS = /^(https?):\/\/([^/?#]*)/i;

/** What is wrong with a URL that requests are to be sent to, in words that follow its key; undefined = nothing. */
export function checkUrl(text: string): string | undefined {
  const [, , authority] = PARTS.exec(text) ?? [];
  if (authority === undefined || /[\s\\]/.test(text) || !URL.canParse(text)) {
    return `expected a URL that begins with http:// or https://, got ${quote(withoutCredentials(text))}`;
  }
  if (authority.includes('@')) return 'expected a URL without credentials before "@": put them into "auth" or a header';
  const written = authority.replace(/:\d*$/, '').toLowerCase();
  const { hostname } = new URL(text);
  if (METADATA.includes(hostname)) return `${quote(hostname)} is a cloud metadata address: it is never called`;
  if (isAddress(hostname) && hostname !== written) {
    return `expected an address in its usual form, got ${quote(written)}: write ${quote(hostname)} if that is meant`;
  }
  if (hostname.startsWith('[::ffff:')) {
    return `expected an IPv4 address in its usual form, got ${quote(written)}: write it as a.b.c.d`;
  }
  return undefined;
}

/** True for text that a request can be sent in plain to a machine other than this one or its private network. */
export function isPlainToPublic(text: string): boolean {
  if (!/^http:/i.test(text) || !URL.canParse(text)) return false;
  const { hostname } = new URL(text);
  return !isPrivate(hostname);
}

function isAddress(hostname: string): boolean {
  return hostname.startsWith('[') || /^\d+\.\d+\.\d+\.\d+$/.test(hostname);
}

/** Loopback and private networks by their literal form; names without a dot belong to the local network. */
function isPrivate(hostname: string): boolean {
  if (/^(127|10)\.|^192\.168\.|^172\.(1[6-9]|2\d|3[01])\.|^169\.254\./.test(hostname)) return true;
  if (/^\[(::1\]|f[cd]|fe80:)/.test(hostname)) return true;
  return /(^|\.)(localhost|local|internal|test|lan)$/.test(hostname) || !/[.:]/.test(hostname);
}

function withoutCredentials(text: string): string {
  return text.replace(/\/\/[^/@]*@/, '//…@');
}
