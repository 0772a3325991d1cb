import type { RunQueue } from '../../domain/ports/run-queue.ts';
import type { NewTranscriptEntry, TranscriptEntry, TranscriptType } from '../../domain/transcript.ts';
import type { Connection } from './connection.ts';
import type { GroupCommit } from './group-commit.ts';
import { findRun, type RunRow } from './run-row.ts';
import { insertSpend } from './spending.ts';

/** The line of the row itself, which needs no row of its own. */
const FIRST_SEQ = 1;

interface EntryRow {
  readonly seq: number;
  readonly at: number;
  readonly attempt: number;
  readonly type: TranscriptType;
  readonly content: string;
}

export function createTranscript(
  connection: Connection,
  { write, read }: GroupCommit,
): Pick<RunQueue, 'appendTranscript' | 'readTranscript'> {
  return {
    appendTranscript: (run, fence, entries, now) =>
      write(() => {
        const row = findRecorded(connection, run, fence);
        if (!row) return false;
        insertEntries(connection, row, entries, now);
        return true;
      }),
    readTranscript: (run, after, limit) => read(() => readEntries(connection, run, { after, limit })),
  };
}

type RecordedRun = Pick<RunRow, 'seq' | 'automation' | 'attempt' | 'interruptions'>;

/** The run whose record grows, or undefined when `fence` holds it no more. A whole row would cost more than the lines. */
function findRecorded(connection: Connection, run: string, fence: number | undefined): RecordedRun | undefined {
  const columns = 'SELECT seq, automation, attempt, interruptions FROM runs WHERE id = ?';
  return fence === undefined
    ? connection.get<RecordedRun>(columns, run)
    : connection.get<RecordedRun>(`${columns} AND fence = ? AND status = 'running'`, run, fence);
}

/** Which start of the run its lines belong to; unchanged when a settle turns an interruption into an attempt. */
export function startNumber(row: Pick<RunRow, 'attempt' | 'interruptions'>): number {
  return Math.max(1, row.attempt + row.interruptions);
}

/** Adds lines to a run's record within the transaction of what they tell. */
export function insertEntries(
  connection: Connection,
  row: RecordedRun,
  entries: readonly NewTranscriptEntry[],
  now: number,
): void {
  if (entries.length === 0) return;
  let seq = lastSeq(connection, row.seq);
  for (const { type, content } of entries) {
    seq += 1;
    connection.run(
      'INSERT INTO transcript (run, seq, at, attempt, type, content) VALUES (?, ?, ?, ?, ?, ?)',
      row.seq,
      seq,
      now,
      startNumber(row),
      type,
      JSON.stringify(content),
    );
    if (type === 'usage' && content.replayed !== true) insertSpend(connection, row, { type, content }, now);
  }
}

/** Index `transcript_run`. */
function lastSeq(connection: Connection, run: number): number {
  const last = connection.get<{ seq: number | null }>('SELECT max(seq) AS seq FROM transcript WHERE run = ?', run);
  return last?.seq ?? FIRST_SEQ;
}

/** Index `transcript_run`, from `after` (exclusive). */
function readEntries(
  connection: Connection,
  run: string,
  page: { readonly after: number; readonly limit: number },
): readonly TranscriptEntry[] {
  const row = findRun(connection, run);
  if (!row || page.limit < 1) return [];
  const first = page.after < FIRST_SEQ ? [firstEntry(row)] : [];
  const rows = connection.all<EntryRow>(
    'SELECT seq, at, attempt, type, content FROM transcript WHERE run = ? AND seq > ? ORDER BY seq LIMIT ?',
    row.seq,
    page.after,
    page.limit - first.length,
  );
  return [...first, ...rows.map((entry) => ({ ...entry, content: JSON.parse(entry.content) }))];
}

/** How the row came to be: queued, or ended at once because its instant was skipped or missed. */
function firstEntry(row: RunRow): TranscriptEntry {
  const entry = { seq: FIRST_SEQ, at: row.created_at, attempt: 1 };
  const wasQueued = row.reason === 'withdrawn' || row.reason === 'budget';
  const endedAtOnce = (row.status === 'skipped' && !wasQueued) || row.status === 'missed';
  if (endedAtOnce) {
    return { ...entry, type: 'session.status_closed', content: compact({ status: row.status, reason: row.reason }) };
  }
  const content = compact({ trigger: row.trigger, requestedBy: row.requested_by, instant: row.instant });
  return { ...entry, type: 'run.queued', content };
}

function compact(content: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(content).filter(([, value]) => value !== null));
}
