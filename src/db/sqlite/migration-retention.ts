/** What lets old history go, and only by way of `pruning`. */
export const RETENTION = `
-- Holds a row only within a transaction that prunes: what it allows to go, nothing else can delete.
CREATE TABLE pruning (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  runs_before INTEGER NOT NULL,
  audit_through INTEGER NOT NULL
) STRICT;

DROP TRIGGER runs_kept;
CREATE TRIGGER runs_kept BEFORE DELETE ON runs
WHEN OLD.status IN ('queued', 'running') OR OLD.finished_at IS NULL
  OR OLD.finished_at >= coalesce((SELECT runs_before FROM pruning), OLD.finished_at)
BEGIN SELECT RAISE(ABORT, 'a run is never deleted, but by retention after its end'); END;

DROP TRIGGER audit_kept;
CREATE TRIGGER audit_kept BEFORE DELETE ON audit
WHEN OLD.seq > coalesce((SELECT audit_through FROM pruning), 0)
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;

-- The last record that retention took from the beginning of the audit trail.
CREATE TABLE audit_anchor (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  seq INTEGER NOT NULL,
  hash TEXT NOT NULL
) STRICT;

-- Rowids of removed runs whose transcript is still to be removed.
CREATE TABLE pruned_runs (seq INTEGER PRIMARY KEY) STRICT;

-- The id of a removed run, for as long as a key stands for it.
ALTER TABLE event_keys ADD COLUMN pruned_run TEXT;
CREATE INDEX event_keys_run ON event_keys (run);
CREATE INDEX event_keys_pruned ON event_keys (until) WHERE pruned_run IS NOT NULL AND until IS NOT NULL;

-- Grows at its end only.
CREATE INDEX runs_ended ON runs (finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX runs_replaying ON runs (replay_of) WHERE replay_of IS NOT NULL AND status IN ('queued', 'running');
`;
