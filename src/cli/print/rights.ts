import type { RightsChange, RightsComparison } from '../../runtime/compare-rights.ts';
import type { Io } from '../io.ts';
import { printable } from './printable.ts';

/** What became wider and narrower, one right a line, the wider ones first. */
export function formatRights({ widened, narrowed }: RightsComparison, { style }: Pick<Io, 'style'>): string {
  return [
    ...widened.map((change) => `${style('red', 'widened')} ${rightLine(change)}\n`),
    ...narrowed.map((change) => `${style('green', 'narrowed')} ${rightLine(change)}\n`),
  ].join('');
}

/** One change without its place: what it is about, and from what to what. */
export function rightWords({ subject, right, before, after }: Omit<RightsChange, 'file' | 'line'>): string {
  return `${subject}: ${right}: ${before ?? '(nothing)'} → ${after ?? '(nothing)'}`;
}

/** `automations/digest.json:4 automation digest: writeEnabled: false → true`, on one line whatever the file holds. */
function rightLine({ file, line, ...change }: RightsChange): string {
  const where = line === undefined ? file : `${file}:${line}`;
  return printable(`${where} ${rightWords(change)}`).replaceAll(/\s+/g, ' ');
}
