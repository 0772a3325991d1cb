import { expect, it } from 'vitest';
import type { Io } from '../../src/cli/io.ts';
import { formatTable } from '../../src/cli/print/table.ts';

const ESC = String.fromCharCode(27);

function io(columns?: number): Io {
  return { columns, style: (_: string, text: string) => `${ESC}[1m${text}${ESC}[22m` } as unknown as Io;
}

const COLUMNS = [
  { title: 'Name', value: ({ name }: { readonly name: string }) => name },
  { title: 'Note', value: () => 'a\nb' },
  { title: 'URL', value: () => 'https://x.example/webhooks/1', overflow: true },
] as const;

const plain = (text: string) => text.replaceAll(`${ESC}[1m`, '').replaceAll(`${ESC}[22m`, '');

it('aligns columns by what a terminal shows, wide letters and pictures included', () => {
  const text = plain(formatTable([{ name: 'digest' }, { name: '朝の報告' }, { name: '🚀' }], COLUMNS, io()));
  expect(text).toBe(
    [
      'Name      Note  URL',
      'digest    a b   https://x.example/webhooks/1',
      '朝の報告  a b   https://x.example/webhooks/1',
      '🚀        a b   https://x.example/webhooks/1',
      '',
    ].join('\n'),
  );
});

it('moves a column that does not fit below its row', () => {
  expect(plain(formatTable([{ name: 'digest' }], COLUMNS, io(30)))).toBe(
    ['Name    Note', 'digest  a b', '    URL: https://x.example/webhooks/1', ''].join('\n'),
  );
});
