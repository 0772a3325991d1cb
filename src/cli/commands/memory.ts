import type { Command } from 'commander';
import type { NoteView } from '../../operations/record-operations.ts';
import { printable } from '../print/printable.ts';
import { formatTable } from '../print/table.ts';
import { formatTime } from '../print/time.ts';
import { type Context, printData, remark, withOperations } from './context.ts';

/** `amodal ops memory …` */
export function memoryCommands(ops: Command, context: Context): void {
  const group = ops.command('memory').description('the notes that automations keep between runs');

  group
    .command('list <automation>')
    .description('its notes: key, size, who wrote them and whether an outside event had a hand in it')
    .action((automation: string) =>
      withOperations(context, async (operations) => {
        const notes = await operations.listNotes(automation);
        const { timezone } = (await operations.health()).bundle;
        printData(context, notes, () => noteTable(notes, timezone, context));
      }),
    );

  group
    .command('show <automation> <key>')
    .description('one note whole')
    .action((automation: string, key: string) =>
      withOperations(context, async (operations) => {
        const note = (await operations.listNotes(automation)).find((one) => one.key === key);
        if (note) return printData(context, note, ({ text }) => `${printable(text)}\n`);
        remark(context, `"${automation}" has no note "${key}": \`amodal ops memory list ${automation}\` lists them.`);
        context.exit(1);
      }),
    );

  group
    .command('set <automation> <key> [text]')
    .description('write a note; without a text it is read from stdin')
    .action((automation: string, key: string, text: string | undefined) =>
      withOperations(context, async (operations) => {
        const note = { key, text: text ?? (await context.io.readStdin()), by: 'cli' };
        printData(context, await operations.setNote(automation, note), ({ bytes }) => `Noted: ${bytes} bytes.\n`);
      }),
    );

  group
    .command('delete <automation> <key>')
    .description('remove a note')
    .action((automation: string, key: string) =>
      withOperations(context, async (operations) => {
        const deleted = await operations.deleteNote(automation, key, 'cli');
        printData(context, deleted, () => 'Deleted.\n');
      }),
    );
}

function noteTable(notes: readonly NoteView[], zone: string, { io }: Context): string {
  if (notes.length === 0) return 'No notes.\n';
  return formatTable(
    notes,
    [
      { title: 'Key', value: (note) => printable(note.key) },
      { title: 'Bytes', value: (note) => String(note.bytes) },
      { title: 'Origin', value: (note) => note.origin },
      { title: 'Author', value: (note) => note.author },
      { title: 'Updated', value: (note) => formatTime(note.updatedAt, zone, io.now()) },
      { title: 'Text', value: (note) => firstLine(note.text), overflow: true },
    ],
    io,
  );
}

function firstLine(text: string): string {
  const line = printable(text).replaceAll(/\s+/g, ' ').trim();
  return line.length > 80 ? `${line.slice(0, 79)}…` : line;
}
