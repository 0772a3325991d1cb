/** What webhooks leave behind besides runs: keys that stand for one, and what was refused. */
export const EVENT_KEYS = `
-- Keys besides a run's own that stand for it: what was signed, parts of a delivery, events that another one replaced.
CREATE TABLE event_keys (
  seq INTEGER PRIMARY KEY,
  hash BLOB NOT NULL,
  run INTEGER NOT NULL,
  until INTEGER
) STRICT;
CREATE UNIQUE INDEX event_keys_hash ON event_keys (hash);

-- A run that waits for quiet: its key, and when it starts in any case.
ALTER TABLE runs ADD COLUMN coalesce_hash BLOB;
ALTER TABLE runs ADD COLUMN coalesce_until INTEGER;
CREATE UNIQUE INDEX runs_coalescing ON runs (coalesce_hash)
  WHERE coalesce_hash IS NOT NULL AND status = 'queued' AND fence = 0;
CREATE TRIGGER runs_terminal_coalescing BEFORE UPDATE OF coalesce_hash, coalesce_until
ON runs WHEN OLD.status NOT IN ('queued', 'running')
BEGIN SELECT RAISE(ABORT, 'a run that has ended never changes'); END;
`;

export const REJECTIONS = `
CREATE TABLE rejections (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL,
  automation TEXT NOT NULL,
  reason TEXT NOT NULL,
  http_status INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  copies INTEGER NOT NULL DEFAULT 1,
  peer TEXT NOT NULL,
  headers TEXT NOT NULL,
  query TEXT NOT NULL,
  body_bytes INTEGER NOT NULL,
  body_sha256 TEXT,
  -- Null when there is no body in rejected_bodies.
  kept_bytes INTEGER,
  is_authentic INTEGER NOT NULL,
  fingerprint TEXT NOT NULL,
  status TEXT NOT NULL DEFAULT 'kept',
  outcome TEXT,
  run TEXT
) STRICT;
CREATE UNIQUE INDEX rejections_id ON rejections (id);
CREATE UNIQUE INDEX rejections_fingerprint ON rejections (fingerprint) WHERE status <> 'redelivered';
CREATE INDEX rejections_automation ON rejections (automation);
CREATE INDEX rejections_status ON rejections (status);
CREATE INDEX rejections_last ON rejections (last_at);
CREATE INDEX rejections_kind ON rejections (is_authentic, seq, kept_bytes);

CREATE TABLE rejected_bodies (rejection INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;
CREATE TRIGGER rejections_gone AFTER DELETE ON rejections
BEGIN DELETE FROM rejected_bodies WHERE rejection = OLD.seq; END;
`;
