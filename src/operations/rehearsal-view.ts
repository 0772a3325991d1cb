import type { Database } from '../domain/ports/database.ts';
import { readRecord } from '../domain/read-record.ts';
import { capturedDeliveries, replayDiff } from '../domain/replay-diff.ts';
import { isRehearsal, isTerminal, type Run } from '../domain/run.ts';
import type { TranscriptEntry } from '../domain/transcript.ts';
import type { CapturedView, RunDetail } from './views.ts';

/** More targets than this on one run are not compared. */
const MAX_DELIVERIES = 100;

/** What a replay that only shows has to show. */
export async function rehearsalView(
  database: Pick<Database, 'getRun' | 'readTranscript' | 'listDeliveries'>,
  run: Run,
): Promise<Pick<RunDetail, 'captured' | 'diff'>> {
  if (!isRehearsal(run) || run.replayOf === undefined) return { captured: null, diff: null };
  const entries = await readRecord(database, run.id);
  const captured = capturedView(entries);
  const old = await database.getRun(run.replayOf);
  if (!old || !isTerminal(run.status)) return { captured, diff: null };
  const [oldEntries, deliveries] = await Promise.all([
    readRecord(database, old.id),
    database.listDeliveries({ run: old.id, limit: MAX_DELIVERIES }),
  ]);
  // Newest first; of a replay that only showed, what it captured.
  const sent = isRehearsal(old) ? capturedDeliveries(oldEntries) : [...deliveries].reverse();
  const before = { run: old, entries: oldEntries, deliveries: sent };
  return { captured, diff: replayDiff(before, { run, entries, deliveries: capturedDeliveries(entries) }) };
}

function capturedView(entries: readonly TranscriptEntry[]): CapturedView {
  const writes = entries.flatMap(({ type, content }) => {
    if (type !== 'write.captured') return [];
    const { call, tool, operation, input } = content;
    return [{ call: String(call), tool: String(tool), operation: String(operation), input }];
  });
  const deliveries = capturedDeliveries(entries).map(({ kind, target, payload }) => {
    return { kind, target: target.type, payload };
  });
  return { writes, deliveries };
}
