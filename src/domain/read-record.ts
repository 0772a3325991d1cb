import type { Database } from './ports/database.ts';
import type { RunId } from './run.ts';
import type { TranscriptEntry } from './transcript.ts';

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
