import type { Conversation, Turn } from '../../domain/conversation.ts';
import type { Conversations, NewTurn } from '../../domain/ports/conversations.ts';
import type { Connection } from './connection.ts';
import type { GroupCommit } from './group-commit.ts';
import { findRun, type RunRow, readEvent } from './run-row.ts';

interface ConversationRow {
  readonly seq: number;
  readonly id: string;
  readonly automation: string;
  readonly owner: string;
  readonly thread: string | null;
  readonly created_at: number;
  readonly expires_at: number;
}

interface TurnRow {
  readonly run: number;
  readonly conversation: number;
  readonly question: string;
  readonly answer: string;
}

export function createConversations(connection: Connection, { read }: GroupCommit): Conversations {
  return {
    getConversation: (id, now) =>
      read(() => {
        const row = findConversation(connection, id);
        return row && row.expires_at > now ? toConversation(row) : undefined;
      }),
    getRunTurn: (run) => read(() => runTurn(connection, run)),
    listTurns: (conversation, page) => read(() => listTurns(connection, conversation, page)),
  };
}

/** Adds the turn of a run that is being queued; the caller's transaction holds both. */
export function insertTurn(
  connection: Connection,
  turn: NewTurn,
  run: { readonly seq: number; readonly automation: string; readonly now: number },
): void {
  connection.run(
    'INSERT INTO turns (run, conversation, question, answer) VALUES (?, ?, ?, ?)',
    run.seq,
    conversationOf(connection, turn, run),
    turn.question,
    turn.answer,
  );
}

/** The row (rowid) of the conversation that goes on, or of the one that begins. */
function conversationOf(
  connection: Connection,
  { id, owner, thread, expiresAt }: NewTurn,
  { automation, now }: { readonly automation: string; readonly now: number },
): number {
  const known =
    thread === undefined
      ? findConversation(connection, id)
      : findThread(connection, { automation, thread, after: now });
  if (known) {
    connection.run('UPDATE conversations SET expires_at = ? WHERE seq = ?', expiresAt, known.seq);
    return known.seq;
  }
  const { lastInsertRowid } = connection.run(
    'INSERT INTO conversations (id, automation, owner, thread, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)',
    id,
    automation,
    owner,
    thread ?? null,
    now,
    expiresAt,
  );
  return lastInsertRowid;
}

/** Index `conversations_id`. */
function findConversation(connection: Connection, id: string): ConversationRow | undefined {
  return connection.get<ConversationRow>('SELECT * FROM conversations WHERE id = ?', id);
}

/** Index `conversations_thread`. */
function findThread(
  connection: Connection,
  { automation, thread, after }: { readonly automation: string; readonly thread: string; readonly after: number },
): ConversationRow | undefined {
  return connection.get<ConversationRow>(
    'SELECT * FROM conversations WHERE automation = ? AND thread = ? AND expires_at > ? ORDER BY seq DESC LIMIT 1',
    automation,
    thread,
    after,
  );
}

/** By rowid. */
function runTurn(connection: Connection, id: string): Awaited<ReturnType<Conversations['getRunTurn']>> {
  const run = findRun(connection, id);
  const row = run && connection.get<TurnRow>('SELECT * FROM turns WHERE run = ?', run.seq);
  const conversation =
    row && connection.get<ConversationRow>('SELECT * FROM conversations WHERE seq = ?', row.conversation);
  if (!run || !row || !conversation) return undefined;
  return { conversation: toConversation(conversation), turn: toTurn(connection, row, run) };
}

/** Index `turns_conversation`. */
function listTurns(
  connection: Connection,
  id: string,
  { before, limit }: Parameters<Conversations['listTurns']>[1],
): readonly Turn[] {
  const conversation = findConversation(connection, id);
  const until = before === undefined ? Number.MAX_SAFE_INTEGER : (findRun(connection, before)?.seq ?? 0);
  const rows = connection.all<TurnRow>(
    'SELECT * FROM turns WHERE conversation = ? AND run < ? ORDER BY run DESC LIMIT ?',
    conversation?.seq ?? 0,
    until,
    limit,
  );
  return [...rows].reverse().flatMap((row) => {
    const run = connection.get<RunRow>('SELECT * FROM runs WHERE seq = ?', row.run);
    return run ? [toTurn(connection, row, run)] : [];
  });
}

function toTurn(connection: Connection, { question, answer }: TurnRow, run: RunRow): Turn {
  return {
    question,
    answer,
    run: run.id,
    status: run.status,
    event: readEvent(connection, run.seq),
    prompt: promptOf(connection, run.seq),
    result: run.result ?? undefined,
    at: run.created_at,
    answeredAt: run.finished_at ?? undefined,
  };
}

/** The user message of the last attempt (index `transcript_run`). */
function promptOf(connection: Connection, run: number): string | undefined {
  const line = connection.get<{ content: string }>(
    "SELECT content FROM transcript WHERE run = ? AND type = 'prompt' ORDER BY seq DESC LIMIT 1",
    run,
  );
  const { user }: { readonly user?: unknown } = line ? JSON.parse(line.content) : {};
  return typeof user === 'string' ? user : undefined;
}

function toConversation(row: ConversationRow): Conversation {
  const { id, automation, owner, thread } = row;
  return {
    id,
    automation,
    owner,
    thread: thread ?? undefined,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  };
}
