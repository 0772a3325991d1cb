import { type Command, InvalidArgumentError } from 'commander';
import { type AuditHead, type AuditRecord, parseAuditHead } from '../../domain/audit.ts';
import type { Operations } from '../../operations/operations.ts';
import type { AuditProof } from '../../operations/record-operations.ts';
import { formatTable } from '../print/table.ts';
import { formatTime } from '../print/time.ts';
import { type Context, printData, withOperations } from './context.ts';
import { parseCount } from './parse.ts';

const PAGE = 1000;

/** `amodal ops audit …` */
export function auditCommands(ops: Command, context: Context): void {
  const group = ops.command('audit').description('who did what: writes, refusals, pauses, deliveries');

  group
    .command('list', { isDefault: true })
    .description('the newest, oldest of them first')
    .option('--after <seq>', 'those that follow this one instead', parseCount)
    .option('--run <run>', 'only of this run')
    .option('--limit <n>', 'how many', parseCount, 100)
    .action((options: { after?: number; run?: string; limit: number }) =>
      withOperations(context, async (operations) => {
        const rows = await operations.listAudit(options);
        printData(context, rows, () => auditTable(context, rows));
      }),
    );

  group
    .command('verify')
    .description('recompute the chain of hashes')
    .option('--expect <seq:hash>', 'a record that was noted before; it must still be there', parseHead)
    .action((options: { expect?: AuditHead }) =>
      withOperations(context, async (operations) => {
        const proof = await operations.verifyAudit(options);
        if (!proof.ok) context.exit(1);
        printData(context, proof, proofText);
      }),
    );

  group
    .command('export')
    .description('every record, a JSON object a line')
    .option('--after <seq>', 'only records after this one', parseCount)
    .action((options: { after?: number }) =>
      withOperations(context, (operations) => exportTrail(context, operations, options.after ?? 0)),
    );
}

async function exportTrail({ io }: Context, operations: Operations, first: number): Promise<void> {
  for (let after = first; ; ) {
    const page = await operations.listAudit({ after, limit: PAGE });
    for (const record of page) io.out(`${JSON.stringify(record)}\n`);
    if (page.length < PAGE) return;
    after = page.at(-1)?.seq ?? after;
  }
}

function proofText({ ok, records, pruned, head, brokenAt, problem }: AuditProof): string {
  if (!ok) return `The chain is broken at record ${brokenAt}: ${problem}.\n`;
  const from = pruned ? ` from ${pruned.seq + 1} on (retention removed those before)` : '';
  const note = head ? `Note this to prove it later: ${head.seq}:${head.hash}\n` : '';
  return `${records} records, chain intact${from}.\n${note}`;
}

function parseHead(text: string): AuditHead {
  const head = parseAuditHead(text);
  if (head) return head;
  throw new InvalidArgumentError('expected the number and hash of a record as "verify" prints them, e.g. 12:6f1e…');
}

function auditTable(context: Context, rows: readonly AuditRecord[]): string {
  if (rows.length === 0) return 'No records.\n';
  const { io } = context;
  return formatTable(
    rows,
    [
      { title: 'Seq', value: (row) => String(row.seq) },
      { title: 'At', value: (row) => formatTime(new Date(row.at).toISOString(), 'UTC', io.now()) },
      { title: 'Action', value: (row) => row.action },
      { title: 'Actor', value: (row) => row.actor },
      { title: 'Automation', value: (row) => row.automation ?? '' },
      { title: 'Run', value: (row) => row.run ?? '' },
      { title: 'Details', value: (row) => JSON.stringify(row.details), overflow: true },
    ],
    io,
  );
}
