import type { Database } from '../domain/ports/database.ts';
import { type Replay, recordedPrompt, recordedTraffic } from '../domain/replay.ts';
import type { Run } from '../domain/run.ts';
import type { TranscriptEntry } from '../domain/transcript.ts';

const PAGE = 500;

/** What a run repeats, read from the old run's record; undefined for a run that repeats nothing. */
export async function readReplay(
  database: Pick<Database, 'getRun' | 'readTranscript'>,
  { replayOf, replayMode = 'live' }: Run,
): Promise<Replay | undefined> {
  if (replayOf === undefined) return undefined;
  const [old, entries] = await Promise.all([database.getRun(replayOf), readWhole(database, replayOf)]);
  const prompt = recordedPrompt(entries);
  return {
    mode: replayMode,
    ...(prompt === undefined ? {} : { prompt }),
    traffic: recordedTraffic(entries),
    untrusted: old?.trigger === 'webhook' || entries.some(({ content }) => content.untrusted === true),
  };
}

async function readWhole(database: Pick<Database, 'readTranscript'>, run: string): Promise<readonly TranscriptEntry[]> {
  const entries: TranscriptEntry[] = [];
  for (;;) {
    const page = await database.readTranscript(run, entries.at(-1)?.seq ?? -1, PAGE);
    entries.push(...page);
    if (page.length < PAGE) return entries;
  }
}
