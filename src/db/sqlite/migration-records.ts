/** What runs cost, how they were replayed, notes of automations, and the end of the audit trail. */
export const RECORDS = `
ALTER TABLE runs ADD COLUMN replay_mode TEXT;
CREATE TRIGGER runs_terminal_replay BEFORE UPDATE OF replay_mode ON runs WHEN OLD.status NOT IN ('queued', 'running')
BEGIN SELECT RAISE(ABORT, 'a run that has ended never changes'); END;

-- One row for each answered model call. A cost that is not known is null.
CREATE TABLE spend (
  seq INTEGER PRIMARY KEY,
  run INTEGER NOT NULL,
  automation TEXT NOT NULL,
  model TEXT NOT NULL,
  at INTEGER NOT NULL,
  input_tokens INTEGER NOT NULL,
  output_tokens INTEGER NOT NULL,
  cost_usd REAL
) STRICT;
CREATE INDEX spend_automation ON spend (automation, at);
CREATE INDEX spend_at ON spend (at);
INSERT INTO spend (run, automation, model, at, input_tokens, output_tokens, cost_usd)
  SELECT transcript.run, runs.automation, coalesce(content ->> 'model', ''), at,
    coalesce(content ->> 'inputTokens', 0), coalesce(content ->> 'outputTokens', 0), content ->> 'costUsd'
  FROM transcript JOIN runs ON runs.seq = transcript.run WHERE type = 'usage' ORDER BY transcript.id;

-- Notes that an automation keeps for itself between its runs.
CREATE TABLE memories (
  id INTEGER PRIMARY KEY,
  automation TEXT NOT NULL,
  key TEXT NOT NULL,
  text TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  origin TEXT NOT NULL,
  author TEXT NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX memories_key ON memories (automation, key);

-- The last record of the audit trail, so that a trail without its end is noticed.
CREATE TABLE audit_head (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  seq INTEGER NOT NULL,
  hash TEXT NOT NULL
) STRICT;
INSERT INTO audit_head (id, seq, hash) SELECT 1, seq, hash FROM audit ORDER BY seq DESC LIMIT 1;
CREATE INDEX audit_loads ON audit (seq) WHERE action = 'bundle.loaded';
`;
