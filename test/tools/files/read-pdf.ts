import { inflateSync } from 'node:zlib';

/** The words of a PDF as a reader would copy them, in the order of its pages; one line a stretch of text. */
export function pdfText(bytes: Buffer): string {
  const objects = objectsOf(bytes);
  const fonts = fontsOf(objects);
  return [...objects.values()]
    .filter(({ stream }) => stream?.includes(' Tf'))
    .map(({ stream = '' }) => textOf(stream, fonts))
    .join('\n');
}

/** How many pages there are. */
export function pdfPages(bytes: Buffer): number {
  return [...objectsOf(bytes).values()].filter(({ head }) => /\/Type \/Page\b/.test(head)).length;
}

interface PdfObject {
  readonly head: string;
  readonly stream?: string;
}

function objectsOf(bytes: Buffer): ReadonlyMap<string, PdfObject> {
  const source = bytes.toString('latin1');
  const found = source.matchAll(/(\d+) 0 obj\n([\s\S]*?)\nendobj/g);
  return new Map([...found].map(([, id = '', body = '']) => [id, objectIn(body)]));
}

function objectIn(body: string): PdfObject {
  const at = body.indexOf('\nstream\n');
  if (at < 0) return { head: body };
  const head = body.slice(0, at);
  const raw = Buffer.from(body.slice(at + 8, body.lastIndexOf('\nendstream')), 'latin1');
  const stream = head.includes('/FlateDecode') && !head.includes('/Subtype /Image') ? inflateSync(raw) : raw;
  return { head, stream: stream.toString('latin1') };
}

type Letters = ReadonlyMap<number, string>;

/** What each glyph of each font (`F1`, …) says. */
function fontsOf(objects: ReadonlyMap<string, PdfObject>): ReadonlyMap<string, Letters> {
  const all = [...objects.values()].map(({ head }) => head).join('\n');
  const names = [...all.matchAll(/\/(F\d+) (\d+) 0 R/g)];
  return new Map(
    names.map(([, name = '', id = '']) => {
      const [, map = ''] = /\/ToUnicode (\d+) 0 R/.exec(objects.get(id)?.head ?? '') ?? [];
      return [name, lettersOf(objects.get(map)?.stream ?? '')];
    }),
  );
}

function lettersOf(map: string): Letters {
  const letters = new Map<number, string>();
  for (const [, first = '', list = ''] of map.matchAll(/<([0-9a-f]{4})> <[0-9a-f]{4}> \[([^\]]*)\]/gi)) {
    const codes = [...list.matchAll(/<([0-9a-f ]+)>/gi)];
    codes.forEach(([, code = ''], index) => {
      const units = code.replaceAll(' ', '');
      letters.set(Number.parseInt(first, 16) + index, Buffer.from(units, 'hex').swap16().toString('utf16le'));
    });
  }
  return letters;
}

function textOf(stream: string, fonts: ReadonlyMap<string, Letters>): string {
  let letters: Letters = new Map();
  let text = '';
  for (const [, font, shown] of stream.matchAll(/\/(F\d+) [\d.]+ Tf|\[((?:<[0-9a-f]*>|[\s\d.-])*)\] TJ/g)) {
    if (font !== undefined) letters = fonts.get(font) ?? new Map();
    else {
      const glyphs = [...(shown ?? '').matchAll(/<([0-9a-f]*)>/g)].flatMap(([, hex = '']) => hex.match(/.{4}/g) ?? []);
      text += `${glyphs.map((glyph) => letters.get(Number.parseInt(glyph, 16)) ?? '?').join('')}\n`;
    }
  }
  return text;
}
