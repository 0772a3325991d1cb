import type { Database } from '../domain/ports/database.ts';
import { readRecord } from '../domain/read-record.ts';
import type { Run } from '../domain/run.ts';
import type { TranscriptEntry } from '../domain/transcript.ts';
import { addSpend, NO_SPEND, type Spend } from '../domain/usage.ts';

/** What the attempts of a run before this one have cost, those that broke off included; undefined for a first one. */
export async function earlierSpend(
  database: Pick<Database, 'readTranscript'>,
  { id, attempt, interruptions }: Run,
): Promise<Spend | undefined> {
  if (attempt + interruptions <= 1) return undefined;
  const entries = await readRecord(database, id);
  return entries.filter(({ type }) => type === 'usage').reduce((sum, entry) => addSpend(sum, spendOf(entry)), NO_SPEND);
}

function spendOf({ content }: TranscriptEntry): Spend {
  const tokens = (name: string) => (typeof content[name] === 'number' ? content[name] : 0);
  const usage = {
    inputTokens: tokens('inputTokens'),
    outputTokens: tokens('outputTokens'),
    totalTokens: tokens('totalTokens'),
  };
  return { usage, costUsd: typeof content.costUsd === 'number' ? content.costUsd : null };
}
