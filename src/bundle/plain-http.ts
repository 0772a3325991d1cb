/** True for a URL to which requests would go in plain, to a machine outside of this one and its private network. */
export function isPlainToPublic(text: string): boolean {
  if (!/^http:/i.test(text) || !URL.canParse(text)) return false;
  return !isPrivate(new URL(text).hostname);
}

/** Loopback and private networks by their literal form; names without a dot belong to the local network. */
function isPrivate(hostname: string): boolean {
  if (/^(127|10)\.|^192\.168\.|^172\.(1[6-9]|2\d|3[01])\.|^169\.254\./.test(hostname)) return true;
  if (/^\[(::1\]|f[cd]|fe80:)/.test(hostname)) return true;
  return /(^|\.)(localhost|local|internal|test|lan)$/.test(hostname) || !/[.:]/.test(hostname);
}
