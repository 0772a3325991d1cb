import { describe, expect, it } from 'vitest';
import { testBundle } from '../../agent/session-world.ts';
import { filesWorld } from './files-world.ts';
import { pdfPages, pdfText } from './read-pdf.ts';

describe('pdf', () => {
  it('writes headings, Markdown and tables that can be read', async () => {
    const { use, list } = await filesWorld();
    const made = await use('pdf', {
      title: 'Weekly report',
      sections: [
        { heading: 'Summary', text: 'Sales **rose** in `North`.\n\n- first\n- second\n\n## Detail\n\nMore words.' },
        {
          table: {
            title: 'Regions',
            columns: ['region', 'sales'],
            rows: [
              ['Österreich', 7],
              ['South', null],
            ],
          },
        },
      ],
    });
    expect(made.text).toMatch(/"filename":"Weekly report.pdf"/);
    const text = pdfText(made.bytes);
    for (const word of ['Weekly report', 'Summary', 'rose', 'second', 'Detail', 'Regions', 'Österreich', '7']) {
      expect(text).toContain(word);
    }
    expect(text).not.toContain('**');
    expect(await list()).toMatchObject([{ mediaType: 'application/pdf', kind: 'document' }]);
  });

  it('shows a chart of the run, drawn from its SVG or PNG', async () => {
    const { use } = await filesWorld();
    for (const format of ['svg', 'png']) {
      const chart = await use('chart', { title: 'c', data: [{ a: 'x', b: 1 }], mark: 'bar', x: 'a', y: 'b', format });
      const made = await use('pdf', { title: `With ${format}`, sections: [{ file: chart.value.file.id }] });
      expect(made.ok, made.text).toBe(true);
      expect(made.bytes.toString('latin1')).toContain('/Subtype /Image');
    }
  });

  it('shows no picture that it did not draw, unless it is a PNG or JPEG', async () => {
    const { use, files } = await filesWorld();
    const saved = await files.saveFile(
      { filename: 'x.svg', mediaType: 'image/svg+xml', kind: 'image' },
      Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>'),
    );
    const id = saved.ok ? saved.file.id : '';
    expect((await use('pdf', { title: 'x', sections: [{ file: id }] })).text).toMatch(/x\.svg is no picture/);
    expect((await use('pdf', { title: 'x', sections: [{ file: 'fi_other' }] })).text).toBe(
      'this run has no file "fi_other"',
    );
  });

  it('a broken picture is told, not drawn', async () => {
    const { use, files } = await filesWorld();
    const saved = await files.saveFile({ filename: 'x.png', mediaType: 'image/png', kind: 'image' }, Buffer.from('no'));
    const made = await use('pdf', { title: 'x', sections: [{ file: saved.ok ? saved.file.id : '' }] });
    expect(made.text).toMatch(/^no PDF: .*no image\/png that can be read/);
  });

  it('breaks long tables over pages and numbers them', async () => {
    const { use } = await filesWorld();
    const rows = Array.from({ length: 200 }, (_, n) => [n, `row ${n}`]);
    const made = await use('pdf', { title: 'Long', sections: [{ table: { columns: ['n', 'name'], rows } }] });
    const pages = pdfPages(made.bytes);
    expect(pages).toBeGreaterThan(2);
    const text = pdfText(made.bytes);
    expect(text).toContain('row 199');
    expect(text).toContain(`${pages} / ${pages}`);
  });

  it('has no links, no scripts, no remote pictures and no secrets', async () => {
    const { use } = await filesWorld(testBundle({ env: { KEY: 'canary-1234567' } }));
    const text =
      '[click](https://evil.test/?q=1) ![x](https://evil.test/p.png) key canary-1234567 <script>alert(1)</script>';
    const made = await use('pdf', { title: 'Plain', sections: [{ text }] });
    const source = made.bytes.toString('latin1');
    for (const name of ['/URI', '/JavaScript', '/JS', '/Launch', '/EmbeddedFile', '/OpenAction']) {
      expect(source).not.toContain(name);
    }
    expect(pdfText(made.bytes)).toContain('[redacted:KEY]');
    expect(pdfText(made.bytes)).not.toContain('canary');
  });

  it('a report without end is refused', async () => {
    const { use, list } = await filesWorld();
    const text = 'word '.repeat(19_000);
    const made = await use('pdf', { title: 'Endless', sections: Array.from({ length: 100 }, () => ({ text })) });
    expect(made.text).toMatch(/^no PDF: it (would have over 300 pages|took longer)/);
    expect(await list()).toEqual([]);
  });

  it('keeps a plain file name whatever it is called', async () => {
    const { use } = await filesWorld();
    const made = await use('pdf', { title: 'x', filename: '../../etc/pass\u202ewd.pdf', sections: [{ text: 'a' }] });
    expect(made.value.file.filename).toBe('etc-passwd.pdf');
  });
});
