import { withoutDataTags } from '../../domain/data-block.ts';

/** What a server says about itself, made harmless to read: no control or invisible characters, no data tags, cut. */
export function cleanText(text: string, most: number): string {
  const plain = text
    .normalize('NFC')
    .replaceAll(/[\p{Cf}\p{Cs}\p{Co}\p{Cn}\u115f\u1160\u3164\uffa0]/gu, '')
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim();
  const safe = withoutDataTags(plain);
  return safe.length <= most ? safe : `${safe.slice(0, most).replace(/[\ud800-\udbff]$/, '')}…`;
}
