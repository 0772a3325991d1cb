import { CALLS } from './migration-calls.ts';
import { EVENT_KEYS, REJECTIONS } from './migration-intake.ts';
import { RECORDS } from './migration-records.ts';
import { RETENTION } from './migration-retention.ts';

/** One step of the schema: applied once, in order, each in its own transaction; never edited after a release. */
export interface Migration {
  readonly name: string;
  readonly sql: string;
}

const RUNS = `
CREATE TABLE runs (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL,
  automation TEXT NOT NULL,
  trigger TEXT NOT NULL,
  status TEXT NOT NULL,
  reason TEXT,
  error TEXT,
  instant INTEGER,
  instant_to INTEGER,
  instant_count INTEGER NOT NULL DEFAULT 1,
  dedupe_key TEXT,
  -- First 16 bytes of SHA-256(automation, key): small, so that the one random index stays cheap. Null once it expired.
  dedupe_hash BLOB,
  dedupe_until INTEGER,
  -- 0 = at once, whatever the wall clock did since.
  available_at INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  started_at INTEGER,
  finished_at INTEGER,
  attempt INTEGER NOT NULL DEFAULT 0,
  interruptions INTEGER NOT NULL DEFAULT 0,
  fence INTEGER NOT NULL DEFAULT 0,
  lease_owner TEXT,
  lease_until INTEGER,
  max_active INTEGER NOT NULL,
  cancel_requested INTEGER NOT NULL DEFAULT 0,
  provenance TEXT,
  input_tokens INTEGER NOT NULL DEFAULT 0,
  output_tokens INTEGER NOT NULL DEFAULT 0,
  total_tokens INTEGER NOT NULL DEFAULT 0,
  cost_usd REAL DEFAULT 0,
  steps INTEGER NOT NULL DEFAULT 0,
  tool_calls INTEGER NOT NULL DEFAULT 0,
  refusals INTEGER NOT NULL DEFAULT 0,
  writes_sent INTEGER NOT NULL DEFAULT 0,
  requested_by TEXT,
  replay_of TEXT,
  result TEXT
) STRICT;

CREATE UNIQUE INDEX runs_id ON runs (id);
CREATE UNIQUE INDEX runs_dedupe ON runs (dedupe_hash) WHERE dedupe_hash IS NOT NULL;
CREATE UNIQUE INDEX runs_instant ON runs (automation, instant) WHERE instant IS NOT NULL;
-- Newest first of one automation: the rowid is each entry's tail.
CREATE INDEX runs_automation ON runs (automation);
-- Covers the search for the next run to claim, so that rows that have to wait are passed over without being read.
CREATE INDEX runs_queued ON runs (available_at, seq, automation, max_active, trigger) WHERE status = 'queued';
CREATE INDEX runs_running ON runs (automation) WHERE status = 'running';
CREATE INDEX runs_waiting ON runs (automation) WHERE status = 'queued';

CREATE TRIGGER runs_terminal BEFORE UPDATE OF
  seq, id, automation, trigger, status, reason, error, instant, instant_to, instant_count, dedupe_key, dedupe_until,
  available_at, created_at, started_at, finished_at, attempt, interruptions, fence, lease_owner, lease_until, max_active,
  cancel_requested, provenance, input_tokens, output_tokens, total_tokens, cost_usd, steps, tool_calls, refusals,
  writes_sent, requested_by, replay_of, result
ON runs WHEN OLD.status NOT IN ('queued', 'running')
BEGIN SELECT RAISE(ABORT, 'a run that has ended never changes'); END;
CREATE TRIGGER runs_kept BEFORE DELETE ON runs
BEGIN SELECT RAISE(ABORT, 'a run is never deleted'); END;

CREATE TABLE events (
  run INTEGER PRIMARY KEY,
  source TEXT NOT NULL,
  format TEXT NOT NULL,
  headers TEXT NOT NULL,
  query TEXT NOT NULL,
  event_type TEXT,
  body TEXT
) STRICT;

CREATE TABLE transcript (
  id INTEGER PRIMARY KEY,
  run INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  at INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  type TEXT NOT NULL,
  content TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX transcript_run ON transcript (run, seq);

CREATE TABLE writes (
  id INTEGER PRIMARY KEY,
  run TEXT NOT NULL,
  call TEXT NOT NULL,
  tool TEXT NOT NULL,
  operation TEXT NOT NULL,
  idempotency_key TEXT NOT NULL,
  at INTEGER NOT NULL,
  outcome TEXT
) STRICT;
CREATE UNIQUE INDEX writes_call ON writes (run, call);
`;

const OUTBOX = `
CREATE TABLE deliveries (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL,
  run TEXT NOT NULL,
  automation TEXT NOT NULL,
  kind TEXT NOT NULL,
  target TEXT NOT NULL,
  payload TEXT NOT NULL,
  status TEXT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  -- 0 = at once. While a row is being sent: when its sender's lease is over.
  next_attempt_at INTEGER NOT NULL DEFAULT 0,
  last_error TEXT,
  last_status INTEGER,
  created_at INTEGER NOT NULL,
  delivered_at INTEGER,
  fence INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX deliveries_id ON deliveries (id);
CREATE INDEX deliveries_due ON deliveries (next_attempt_at, seq) WHERE status IN ('pending', 'sending');
CREATE INDEX deliveries_run ON deliveries (run);
CREATE INDEX deliveries_automation ON deliveries (automation, status);
CREATE INDEX deliveries_status ON deliveries (status);
CREATE TRIGGER deliveries_delivered BEFORE UPDATE ON deliveries WHEN OLD.status = 'delivered'
BEGIN SELECT RAISE(ABORT, 'a delivered row never changes'); END;
`;

const STATES = `
CREATE TABLE automations (
  automation TEXT PRIMARY KEY,
  paused TEXT,
  next_fire INTEGER,
  fired_through INTEGER,
  schedule_hash TEXT,
  accounted_from INTEGER,
  last_success_started_at INTEGER,
  last_run_summary TEXT,
  alert TEXT NOT NULL,
  webhook_generation INTEGER NOT NULL DEFAULT 1,
  webhook_grace_until INTEGER
) STRICT;

CREATE TABLE documents (
  id INTEGER PRIMARY KEY,
  store TEXT NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  origin TEXT NOT NULL,
  run TEXT NOT NULL,
  updated_at INTEGER NOT NULL,
  expires_at INTEGER
) STRICT;
CREATE UNIQUE INDEX documents_key ON documents (store, key);
CREATE INDEX documents_expiry ON documents (store, expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE document_versions (
  id INTEGER PRIMARY KEY,
  store TEXT NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  origin TEXT NOT NULL,
  run TEXT NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX document_versions_key ON document_versions (store, key);

CREATE TABLE audit (
  seq INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  action TEXT NOT NULL,
  actor TEXT NOT NULL,
  automation TEXT,
  run TEXT,
  commit_id TEXT,
  details TEXT NOT NULL,
  previous_hash TEXT NOT NULL,
  hash TEXT NOT NULL
) STRICT;
CREATE INDEX audit_run ON audit (run) WHERE run IS NOT NULL;
CREATE TRIGGER audit_fixed BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER audit_kept BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;

CREATE TABLE probes (id INTEGER PRIMARY KEY, filler BLOB NOT NULL) STRICT;
`;

/** The schema's history, oldest first; `PRAGMA user_version` counts how many of them a file has. */
export const MIGRATIONS: readonly Migration[] = [
  { name: '0001-runs', sql: RUNS },
  { name: '0002-outbox', sql: OUTBOX },
  { name: '0003-states', sql: STATES },
  { name: '0004-calls', sql: CALLS },
  { name: '0005-event-keys', sql: EVENT_KEYS },
  { name: '0006-rejections', sql: REJECTIONS },
  { name: '0007-records', sql: RECORDS },
  { name: '0008-retention', sql: RETENTION },
];
