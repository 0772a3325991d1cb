import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compactJson, DATA_TAGS, decodeDataBlock, encodeDataBlock } from '../../src/domain/data-block.ts';

const TEXTS = 240_000;
const VALUES = 60_000;

const TAGS = DATA_TAGS.flatMap((tag) => [
  `<${tag}>`,
  `</${tag}>`,
  `<${tag} nonce="n">`,
  `＜/${tag}＞`,
  `</${tag}\u200b>`,
]);
const TRICKS = [
  '\u2028',
  '\u202e',
  '\ufeff',
  '\ud83d',
  '\udc00',
  '\u{e0041}',
  '\ufe0f',
  '\u00ad',
  '\u0000',
  '\u009b',
  '\\',
  '"',
];
const WORDS = [
  '{{event}}',
  "$'",
  '$&',
  '\\u003c',
  '\n\nHuman:',
  '<|im_start|>',
  '"}]\n',
  '<',
  '>',
  '&',
  '\n',
  '\r',
  '\t',
  ' ',
  '😀',
  'é',
];
const text = fc
  .array(
    fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...TAGS, ...TRICKS, ...WORDS) }, fc.string({ maxLength: 6 })),
    { maxLength: 8 },
  )
  .map((parts) => parts.join(''));
const number = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer());
const value = fc.letrec<{ any: unknown }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 3 },
    text,
    number,
    fc.constantFrom(null, true, false),
    fc.array(tie('any'), { maxLength: 3 }),
    fc.dictionary(fc.oneof(text, fc.constantFrom('__proto__', 'toString')), tie('any'), { maxKeys: 3 }),
  ),
})).any;

const UNSAFE =
  /[<>&\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]|[\ufe00-\ufe0f]|[\u{e0000}-\u{e007f}]|\p{Surrogate}/u;

/** What is wrong with the block of a value, or undefined: the judge knows nothing of how it was made. */
function wrong(given: unknown, block: string): string | undefined {
  const lines = block.split('\n');
  if (lines.length !== 3 || lines[2] !== '</event_data>') return 'its lines';
  if (!/^<event_data nonce="n0" from="[^"<>]*">$/.test(lines[0] ?? '')) return 'its opening tag';
  if ((block.match(/[<>]/g) ?? []).length !== 4) return 'a bracket';
  const body = lines[1] ?? '';
  if (UNSAFE.test(body)) return 'a raw character';
  if (JSON.stringify(JSON.parse(body)) !== JSON.stringify(given)) return 'its value';
  const decoded = decodeDataBlock(block);
  return JSON.stringify(decoded?.value) === JSON.stringify(given) ? undefined : 'what is decoded';
}

function encoded(given: unknown, from: string): string {
  return encodeDataBlock({
    tag: 'event_data',
    nonce: 'n0',
    attributes: { from },
    value: { value: given },
    maxBytes: 1_000_000,
  });
}

it(`none of ${TEXTS + VALUES} payloads breaks out of its block, and each comes back as it was`, () => {
  const started = performance.now();
  const judge = (given: unknown) => {
    const from = typeof given === 'string' ? given : 'x';
    const problem = wrong(given, encoded(given, from));
    if (problem) throw new Error(`${problem} is wrong for ${JSON.stringify(given)}`);
    const spaced = JSON.stringify(given, undefined, 1);
    const own = encodeDataBlock({
      tag: 'event_data',
      nonce: 'n0',
      attributes: { from },
      value: { json: compactJson(spaced) },
      maxBytes: 1_000_000,
    });
    const other = wrong(given, own);
    if (other) throw new Error(`${other} is wrong for the text of ${JSON.stringify(given)}`);
  };
  fc.assert(fc.property(text, judge), { numRuns: TEXTS });
  fc.assert(fc.property(value, judge), { numRuns: VALUES });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  process.stdout.write(`encoder: ${TEXTS + VALUES} payloads, 0 break-outs, 0 round trips failed; ${seconds} s\n`);
}, 180_000);

it('a block that is cut at any place still ends with its own closing tag', () => {
  fc.assert(
    fc.property(text, fc.integer({ min: 0, max: 60 }), (given, maxBytes) => {
      const block = encodeDataBlock({ tag: 'event_data', nonce: 'n0', value: { value: given.repeat(3) }, maxBytes });
      const lines = block.split('\n');
      expect(lines.at(-1)).toBe('</event_data>');
      expect(Buffer.byteLength(lines[1] ?? '')).toBeLessThanOrEqual(maxBytes);
      expect(UNSAFE.test(lines[1] ?? '')).toBe(false);
      expect(block.match(/[<>]/g)).toHaveLength(4);
    }),
    { numRuns: 5_000 },
  );
});
