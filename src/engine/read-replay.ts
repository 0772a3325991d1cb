import type { Database } from '../domain/ports/database.ts';
import { readRecord } from '../domain/read-record.ts';
import { type Replay, recordedPrompt, recordedTraffic } from '../domain/replay.ts';
import type { Run } from '../domain/run.ts';

/** What a run repeats, read from the old run's record; undefined for a run that repeats nothing. */
export async function readReplay(
  database: Pick<Database, 'getRun' | 'readTranscript'>,
  { replayOf, replayMode = 'live' }: Run,
): Promise<Replay | undefined> {
  if (replayOf === undefined) return undefined;
  const [old, entries] = await Promise.all([database.getRun(replayOf), readRecord(database, replayOf)]);
  const prompt = recordedPrompt(entries);
  return {
    mode: replayMode,
    ...(prompt === undefined ? {} : { prompt }),
    traffic: recordedTraffic(entries),
    untrusted: old?.trigger === 'webhook' || entries.some(({ content }) => content.untrusted === true),
  };
}
