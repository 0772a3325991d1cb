import { createHmac } from 'node:crypto';
import { secretsEqual } from './secrets-equal.ts';

/** A link to a file opens it this long. */
export const FILE_URL_LIFE_MS = 86_400_000;

/** A link to one file until `expires` (epoch ms), which nobody else can make; needs no token. */
export function fileUrl(
  place: { readonly publicUrl: string; readonly instanceSecret: string },
  file: string,
  expires: number,
): string {
  const seconds = Math.floor(expires / 1000);
  return `${place.publicUrl}/api/files/${file}?expires=${seconds}&signature=${signature(place.instanceSecret, file, seconds)}`;
}

/** Whether a link's parameters (`expires` in epoch seconds) open this file now. */
export function opensFile(
  instanceSecret: string,
  link: { readonly file: string; readonly expires: string; readonly signature: string },
  now: number,
): boolean {
  if (!/^\d{1,12}$/.test(link.expires)) return false;
  const seconds = Number(link.expires);
  return secretsEqual(link.signature, signature(instanceSecret, link.file, seconds)) && seconds * 1000 > now;
}

function signature(instanceSecret: string, file: string, seconds: number): string {
  return createHmac('sha256', instanceSecret).update(`file|${file}|${seconds}`).digest('hex');
}
