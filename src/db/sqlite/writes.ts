import { AmodalError } from '../../domain/error.ts';
import type { RunQueue } from '../../domain/ports/run-queue.ts';
import type { WriteCall, WriteOutcome } from '../../domain/write-call.ts';
import { insertAudit } from './audit.ts';
import type { Connection } from './connection.ts';
import type { GroupCommit } from './group-commit.ts';
import { findHeldRun } from './run-row.ts';

/** A write as it is kept; without an outcome the process died between sending and hearing. */
export type RecordedWrite = WriteCall & { readonly outcome?: WriteOutcome };

interface WriteRow {
  readonly run: string;
  readonly call: string;
  readonly tool: string;
  readonly operation: string;
  readonly idempotency_key: string;
  readonly at: number;
  readonly outcome: string | null;
}

export function createWrites(
  connection: Connection,
  { write, read }: GroupCommit,
): Pick<RunQueue, 'recordWriteIntent' | 'recordWriteOutcome' | 'listWrites'> {
  return {
    recordWriteIntent: (call, fence, audit, now) =>
      write(() => {
        const row = findHeldRun(connection, call.run, fence);
        if (!row) return false;
        insertWrite(connection, call);
        connection.run('UPDATE runs SET writes_sent = writes_sent + 1 WHERE seq = ?', row.seq);
        insertAudit(connection, audit, now);
        return true;
      }),
    recordWriteOutcome: (run, call, outcome, audit, now) =>
      write(() => {
        updateWrite(connection, { run, call }, outcome);
        insertAudit(connection, audit, now);
      }),
    listWrites: (run) => read(() => readWrites(connection, run)),
  };
}

/** Index `writes_call`, in the order of sending. */
export function readWrites(connection: Connection, run: string): readonly RecordedWrite[] {
  return connection.all<WriteRow>('SELECT * FROM writes WHERE run = ? ORDER BY id', run).map((row) => ({
    run: row.run,
    call: row.call,
    tool: row.tool,
    operation: row.operation,
    idempotencyKey: row.idempotency_key,
    at: row.at,
    outcome: row.outcome === null ? undefined : JSON.parse(row.outcome),
  }));
}

function insertWrite(connection: Connection, call: WriteCall): void {
  const { changes } = connection.run(
    `INSERT INTO writes (run, call, tool, operation, idempotency_key, at) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (run, call) DO NOTHING`,
    call.run,
    call.call,
    call.tool,
    call.operation,
    call.idempotencyKey,
    call.at,
  );
  if (changes === 1) return;
  throw new AmodalError(
    'conflict',
    `write ${call.call} of ${call.run} was recorded before: a write is sent at most once.`,
  );
}

function updateWrite(
  connection: Connection,
  { run, call }: { readonly run: string; readonly call: string },
  outcome: WriteOutcome,
): void {
  connection.run('UPDATE writes SET outcome = ? WHERE run = ? AND call = ?', JSON.stringify(outcome), run, call);
}
