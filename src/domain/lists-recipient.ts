/**
 * Whether a list of a connection's access file names this recipient: a channel or mail address without regard to case,
 * `*@acme.com` for every address of a domain, `*` for every channel (never for addresses).
 */
export function listsRecipient(listed: readonly string[], recipient: string): boolean {
  const wanted = recipient.toLowerCase();
  return listed.some((entry) => {
    const name = entry.toLowerCase();
    if (name === '*') return !wanted.includes('@');
    if (name.startsWith('*@')) return wanted.split('@').length === 2 && wanted.endsWith(name.slice(1));
    return name === wanted;
  });
}
