import type { Spending } from '../../domain/ports/spending.ts';
import type { SpendKey, SpendRow, Spent } from '../../domain/spend.ts';
import type { NewTranscriptEntry } from '../../domain/transcript.ts';
import type { Connection } from './connection.ts';
import type { GroupCommit } from './group-commit.ts';

const HOUR_MS = 3_600_000;

export function createSpending(connection: Connection, { read }: GroupCommit): Spending {
  return {
    listSpent: (automation, since) => read(() => listSpent(connection, automation, since)),
    sumSpend: (sum) => read(() => sumSpend(connection, sum)),
  };
}

/** A `usage` line is one model call; written in its transaction, so that no answer is free. */
export function insertSpend(
  connection: Connection,
  row: { readonly seq: number; readonly automation: string },
  { content }: NewTranscriptEntry,
  now: number,
): void {
  connection.run(
    `INSERT INTO spend (run, automation, model, at, input_tokens, output_tokens, cost_usd) VALUES (?, ?, ?, ?, ?, ?, ?)`,
    row.seq,
    row.automation,
    typeof content.model === 'string' ? content.model : '',
    now,
    wholeNumber(content.inputTokens),
    wholeNumber(content.outputTokens),
    typeof content.costUsd === 'number' ? content.costUsd : null,
  );
}

function wholeNumber(value: unknown): number {
  return typeof value === 'number' ? Math.round(value) : 0;
}

/** Index `spend_automation`. What is summed up ages with its newest call: never too early. */
function listSpent(connection: Connection, automation: string, since: number): readonly Spent[] {
  return connection.all<Spent>(
    `SELECT max(at) AS at, sum(cost_usd) AS usd FROM spend
     WHERE automation = ? AND at > ? AND cost_usd IS NOT NULL GROUP BY at / ${HOUR_MS} ORDER BY 1`,
    automation,
    since,
  );
}

const KEYS: Readonly<Record<SpendKey, { readonly sql: string; readonly order: string }>> = {
  automation: { sql: 'automation', order: 'costUsd DESC, key' },
  model: { sql: 'model', order: 'costUsd DESC, key' },
  day: { sql: "strftime('%Y-%m-%d', at / 1000, 'unixepoch')", order: 'key DESC' },
};

/** Index `spend_at`. */
function sumSpend(
  connection: Connection,
  { by, since, until }: { readonly by: SpendKey; readonly since: number; readonly until: number },
): readonly SpendRow[] {
  const { sql, order } = KEYS[by];
  return connection.all<SpendRow>(
    `SELECT ${sql} AS key, count(DISTINCT run) AS runs, count(*) AS calls, sum(input_tokens) AS inputTokens,
       sum(output_tokens) AS outputTokens, coalesce(sum(cost_usd), 0.0) AS costUsd,
       count(*) - count(cost_usd) AS callsOfUnknownPrice
     FROM spend INDEXED BY spend_at WHERE at >= ? AND at < ? GROUP BY 1 ORDER BY ${order}`,
    since,
    until,
  );
}
