import { inflateRawSync } from 'node:zlib';

/** The entries of a ZIP file by name, read from its central directory. */
export function unzip(bytes: Buffer): ReadonlyMap<string, string> {
  const end = bytes.lastIndexOf(Buffer.from('PK\x05\x06'));
  const entries = new Map<string, string>();
  let at = bytes.readUInt32LE(end + 16);
  for (let left = bytes.readUInt16LE(end + 10); left > 0; left -= 1) {
    const [method, packed] = [bytes.readUInt16LE(at + 10), bytes.readUInt32LE(at + 20)];
    const [nameLength, extra, comment] = [28, 30, 32].map((offset) => bytes.readUInt16LE(at + offset)) as [
      number,
      number,
      number,
    ];
    const name = bytes.toString('utf8', at + 46, at + 46 + nameLength);
    const local = bytes.readUInt32LE(at + 42);
    const start = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
    const data = bytes.subarray(start, start + packed);
    entries.set(name, (method === 8 ? inflateRawSync(data) : data).toString('utf8'));
    at += 46 + nameLength + extra + comment;
  }
  return entries;
}

/** The cells of a workbook's first sheet, as texts; `formulas` counts cells that compute. */
export function readXlsx(bytes: Buffer): { readonly rows: readonly (readonly string[])[]; readonly formulas: number } {
  const entries = unzip(bytes);
  const shared = [...(entries.get('xl/sharedStrings.xml') ?? '').matchAll(/<si>([\s\S]*?)<\/si>/g)].map(([, si = '']) =>
    plain(si.replace(/<[^>]+>/g, '')),
  );
  const sheet = entries.get('xl/worksheets/sheet1.xml') ?? '';
  const rows = [...sheet.matchAll(/<row[^>]*>([\s\S]*?)<\/row>/g)].map(([, row = '']) =>
    [...row.matchAll(/<c ([^>]*?)(?:\/>|>([\s\S]*?)<\/c>)/g)].map(([, head = '', body = '']) => {
      const value = plain(/<(?:v|t)[^>]*>([\s\S]*?)<\/(?:v|t)>/.exec(body)?.[1] ?? '');
      return head.includes('t="s"') ? (shared[Number(value)] ?? '') : value;
    }),
  );
  return { rows, formulas: [...sheet.matchAll(/<f[ >]/g)].length };
}

function plain(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&');
}
