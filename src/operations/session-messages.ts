import { opensAutomation } from '../domain/access-key.ts';
import type { Conversation, Turn } from '../domain/conversation.ts';
import { AmodalError } from '../domain/error.ts';
import type { Event } from '../domain/event.ts';
import { parsePayload } from '../domain/parse-payload.ts';
import type { Database } from '../domain/ports/database.ts';
import type { RunId } from '../domain/run.ts';
import { stringAt } from '../domain/values-at.ts';
import { requireRun } from './find-run.ts';
import { isoTime } from './iso-time.ts';
import type { CallerPorts } from './ports.ts';
import type { Principal } from './principal.ts';
import { runFiles } from './run-files.ts';
import type { FileView } from './views.ts';

/** One message of a conversation as its caller reads it. */
export interface MessageView {
  readonly id: string;
  readonly role: 'user' | 'assistant';
  readonly content: string;
  readonly run_id: RunId;
  readonly timestamp: string;
  /** What the run made; only with an answer. */
  readonly files?: readonly FileView[];
}

export interface SessionMessages {
  readonly session_id: string;
  readonly agent_id: string;
  readonly expires_at: string;
  /** Oldest first; a message that is not answered (yet) stands alone. */
  readonly messages: readonly MessageView[];
  readonly count: number;
}

/** Where the words of a message stand in what callers and Slack send. */
const MESSAGE_PATHS = ['message', 'text', 'event.text'] as const;

/** The newest turns of a conversation; throws `not_found` for one that is over, or somebody else's. */
export async function sessionMessages(
  ports: CallerPorts,
  principal: Principal,
  { session, limit }: { readonly session: string; readonly limit: number },
): Promise<SessionMessages> {
  const { id, automation, expiresAt } = await requireConversation(ports, principal, { session });
  const turns = await ports.database.listTurns(id, { limit });
  const messages = (await Promise.all(turns.map((turn) => messagesOf(ports, turn)))).flat();
  return { session_id: id, agent_id: automation, expires_at: isoTime(expiresAt), messages, count: messages.length };
}

/** The conversation, if this caller may go on with it; throws `not_found`. */
export async function requireConversation(
  { database, clock }: Pick<CallerPorts, 'database' | 'clock'>,
  principal: Principal,
  { session, automation }: { readonly session: string; readonly automation?: string },
): Promise<Conversation> {
  const found = await database.getConversation(session, clock.now());
  const fits = found && (automation === undefined || found.automation === automation);
  if (found && fits && mayRead(principal, found.automation, found)) return found;
  throw new AmodalError('not_found', `No conversation has the id "${session.slice(0, 80)}", or it is over.`);
}

/** Throws the same `not_found` for a run that is not there and one that this caller may not read. */
export async function requireReadableRun(
  { database }: { readonly database: Pick<Database, 'getRun' | 'getRunTurn'> },
  principal: Principal,
  id: RunId,
): Promise<void> {
  const run = await database.getRun(id);
  const turn = run && (await database.getRunTurn(id));
  if (run && mayRead(principal, run.automation, turn?.conversation)) return;
  await requireRun({ getRun: async () => undefined }, id);
}

function mayRead(principal: Principal, automation: string, conversation: Conversation | undefined): boolean {
  if (principal.type === 'admin') return true;
  if (!opensAutomation(principal.key, automation)) return false;
  return conversation === undefined || conversation.owner === principal.key.id;
}

async function messagesOf(ports: CallerPorts, turn: Turn): Promise<readonly MessageView[]> {
  const { run, at, question, answer, result, answeredAt } = turn;
  const redact = (text: string) => ports.bundles.active().secrets.redact(text);
  const content = redact(wordsOf(turn.event));
  const asked: MessageView = { id: question, role: 'user', content, run_id: run, timestamp: isoTime(at) };
  if (!result) return [asked];
  const timestamp = isoTime(answeredAt ?? at);
  const files = await runFiles(ports, run);
  return [asked, { id: answer, role: 'assistant', content: redact(result), run_id: run, timestamp, files }];
}

/** The message's words, or its whole body. */
function wordsOf(event: Event | undefined): string {
  const body = event?.body ?? '';
  if (event?.format !== 'json' && event?.format !== 'form') return body;
  const type = event.format === 'form' ? 'application/x-www-form-urlencoded' : 'application/json';
  const parsed = parsePayload(Buffer.from(body), type);
  const value = parsed.ok ? parsed.payload.value : undefined;
  return MESSAGE_PATHS.map((path) => stringAt(value, path)).find((text) => text !== undefined) ?? body;
}
