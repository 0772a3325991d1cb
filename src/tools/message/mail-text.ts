import { plainText } from '../../domain/delivery-text.ts';
import { inlineMarkdown } from '../markdown/inline-markdown.ts';
import { type Block, markdownBlocks } from '../markdown/markdown-blocks.ts';
import { cellText, type Table } from '../table/table.ts';
import { textTable } from '../table/text-table.ts';

const MAX_TABLE_ROWS = 500;
const CELL = 'border:1px solid #ccc;padding:4px 8px';

export interface MailParts {
  readonly text: string;
  readonly table?: Table;
  /** Pictures that stand in the text, by their `cid`. */
  readonly pictures: readonly { readonly cid: string; readonly filename: string }[];
  /** The last line. */
  readonly foot: string;
}

/** A mail in plain text and the same in HTML: no links that hide where they lead, nothing that is loaded. */
export function mailText({ text, table, pictures, foot }: MailParts): { readonly text: string; readonly html: string } {
  const clean = plainText(text);
  const title = table?.title ? `${plainText(table.title)}\n` : '';
  const plain = [clean, ...(table ? [title + plainText(textTable(table, MAX_TABLE_ROWS))] : []), `-- \n${foot}`];
  const html = [
    ...markdownBlocks(clean).map(blockHtml),
    ...(table ? [tableHtml(table)] : []),
    ...pictures.map(
      ({ cid, filename }) => `<p><img src="cid:${cid}" alt="${escapeHtml(filename)}" style="max-width:100%"></p>`,
    ),
    `<p style="color:#666;font-size:smaller">${escapeHtml(foot)}</p>`,
  ];
  return {
    text: `${plain.join('\n\n')}\n`,
    html: `<!doctype html>\n<html><body style="font-family:sans-serif">\n${html.join('\n')}\n</body></html>\n`,
  };
}

function blockHtml(block: Block): string {
  switch (block.type) {
    case 'heading':
      return `<h${block.level}>${spansHtml(block.text)}</h${block.level}>`;
    case 'item':
      return `<p style="margin:0 0 0 ${1 + block.depth}em">${escapeHtml(block.mark)} ${spansHtml(block.text)}</p>`;
    case 'code':
      return `<pre>${escapeHtml(block.text)}</pre>`;
    case 'paragraph':
      return `<p>${spansHtml(block.text)}</p>`;
  }
}

const TAGS = { regular: '', bold: 'strong', italic: 'em', code: 'code' } as const;

function spansHtml(line: string): string {
  return inlineMarkdown(line)
    .map(({ style, text }) => (TAGS[style] ? `<${TAGS[style]}>${escapeHtml(text)}</${TAGS[style]}>` : escapeHtml(text)))
    .join('');
}

function tableHtml({ title, columns, rows }: Table): string {
  const shown = rows.slice(0, MAX_TABLE_ROWS);
  const head = columns.map((column) => `<th style="${CELL};background:#eee">${escapeHtml(column)}</th>`).join('');
  const body = shown.map((row) => `<tr>${row.map(cellHtml).join('')}</tr>`).join('\n');
  const rest = rows.length > shown.length ? `<p>… and ${rows.length - shown.length} more rows</p>` : '';
  const caption = title ? `<p><strong>${escapeHtml(plainText(title))}</strong></p>\n` : '';
  return `${caption}<table style="border-collapse:collapse">\n<tr>${head}</tr>\n${body}\n</table>${rest}`;
}

function cellHtml(cell: Table['rows'][number][number]): string {
  const align = typeof cell === 'number' ? ';text-align:right' : '';
  return `<td style="${CELL}${align}">${escapeHtml(plainText(cellText(cell)))}</td>`;
}

const NAMES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => NAMES[character] ?? character);
}
