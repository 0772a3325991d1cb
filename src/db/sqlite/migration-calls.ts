/** Access keys, conversations and files: what callers of the API leave behind. */
export const CALLS = `
CREATE TABLE access_keys (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  -- SHA-256 of the key, lower hex; the key itself is nowhere.
  hash TEXT NOT NULL,
  automation TEXT,
  created_by TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  revoked_at INTEGER,
  used_at INTEGER
) STRICT;
CREATE UNIQUE INDEX access_keys_hash ON access_keys (hash);
CREATE UNIQUE INDEX access_keys_name ON access_keys (name) WHERE revoked_at IS NULL;

CREATE TABLE conversations (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL,
  automation TEXT NOT NULL,
  owner TEXT NOT NULL,
  thread TEXT,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX conversations_id ON conversations (id);
CREATE INDEX conversations_thread ON conversations (automation, thread) WHERE thread IS NOT NULL;

CREATE TABLE turns (
  -- The rowid of the run that answers.
  run INTEGER PRIMARY KEY,
  conversation INTEGER NOT NULL,
  question TEXT NOT NULL,
  answer TEXT NOT NULL
) STRICT;
CREATE INDEX turns_conversation ON turns (conversation, run);

CREATE TABLE files (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL,
  filename TEXT NOT NULL,
  media_type TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  kind TEXT NOT NULL,
  run TEXT,
  owner TEXT,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX files_id ON files (id);
CREATE INDEX files_run ON files (run) WHERE run IS NOT NULL;
CREATE INDEX files_owner ON files (owner) WHERE owner IS NOT NULL;
CREATE INDEX files_expiry ON files (expires_at);

-- What the sender's preset calls the event, and the ids of the files that came with it (a JSON list).
ALTER TABLE events ADD COLUMN title TEXT;
ALTER TABLE events ADD COLUMN files TEXT;
`;
