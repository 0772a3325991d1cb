import type { Database } from '../domain/ports/database.ts';
import type { RunId } from '../domain/run.ts';
import type { TranscriptEntry } from '../domain/transcript.ts';

const PAGE = 500;

/** Every line of a run's record. */
export async function readRecord(
  database: Pick<Database, 'readTranscript'>,
  run: RunId,
): Promise<readonly TranscriptEntry[]> {
  const entries: TranscriptEntry[] = [];
  for (;;) {
    const page = await database.readTranscript(run, entries.at(-1)?.seq ?? -1, PAGE);
    entries.push(...page);
    if (page.length < PAGE) return entries;
  }
}
