import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { didYouMean } from '../domain/did-you-mean.ts';
import { AmodalError } from '../domain/error.ts';
import { problem } from './problem.ts';

const MOST_BODY_BYTES = 1_048_576;

/** Tells `@hono/node-server` to write nothing. */
const ALREADY_SENT = 'x-hono-already-sent';

const ACTOR = /^[\w.@:-]{1,64}$/;

/** A whole number of the query within bounds; throws `bad_request`. */
export function integerParameter(
  c: Context,
  name: string,
  range: { readonly min: number; readonly max: number },
): number | undefined {
  const text = c.req.query(name);
  if (text === undefined || text === '') return undefined;
  const value = /^-?\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= range.min && value <= range.max) return value;
  throw new AmodalError(
    'bad_request',
    `${name} must be a whole number from ${range.min} to ${range.max}, got "${clip(text)}".`,
  );
}

/** A parameter that is one of a list; throws `bad_request`. */
export function choiceParameter<T extends string>(c: Context, name: string, choices: readonly T[]): T | undefined {
  const text = c.req.query(name);
  if (text === undefined || text === '') return undefined;
  const choice = choices.find((one) => one === text);
  if (choice) return choice;
  throw new AmodalError('bad_request', `${name} must be one of ${choices.join(', ')}, got "${clip(text)}".`);
}

/** The JSON object of the body, `{}` when there is none; throws `bad_request`. */
export async function jsonBody(c: Context): Promise<Readonly<Record<string, unknown>>> {
  const text = (await bodyBytes(c)).toString('utf8');
  if (text.trim() === '') return {};
  const value = parse(text);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw new AmodalError('bad_request', 'The body must be a JSON object.');
}

/** The raw body, at most 1 MiB (413). Counts while it reads: a chunked body names no length. */
export async function bodyBytes(c: Context): Promise<Buffer> {
  if (Number(c.req.header('content-length') ?? 0) > MOST_BODY_BYTES) throw tooLarge();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of arriving(c)) {
    bytes += chunk.length;
    if (bytes > MOST_BODY_BYTES) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, bytes);
}

/** The body as it comes in; one that breaks off is its sender's fault. */
async function* arriving(c: Context): AsyncIterable<Uint8Array> {
  try {
    yield* c.req.raw.body ?? [];
  } catch (cause) {
    if (c.env?.outgoing?.headersSent) throw alreadyAnswered();
    throw new AmodalError('bad_request', 'The body broke off before its end.', { cause });
  }
}

/** The body was late and whoever watched over it has said so: there is nothing to answer any more. */
function alreadyAnswered(): HTTPException {
  return new HTTPException(408, { res: new Response(null, { status: 408, headers: { [ALREADY_SENT]: 'true' } }) });
}

function tooLarge(): HTTPException {
  const res = problem(413, 'bad_request', `A body may have at most ${MOST_BODY_BYTES} bytes.`);
  return new HTTPException(413, { res });
}

/** The same body where a misspelt field would do something else than was meant; throws `bad_request` for unknown ones. */
export async function strictBody(c: Context, fields: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
  const body = await jsonBody(c);
  const known = [...fields, 'by'];
  const unknown = Object.keys(body).find((name) => !known.includes(name));
  if (unknown === undefined) return body;
  throw new AmodalError(
    'bad_request',
    `The body has an unknown field "${clip(unknown)}"${didYouMean(unknown, known)}.`,
  );
}

/** A text field of a body; throws `bad_request` for anything else. */
export function textField(body: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = body[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return value;
  throw new AmodalError('bad_request', `"${name}" must be a string, got ${JSON.stringify(value).slice(0, 80)}.`);
}

/** A text field of a body that is one of a list; throws `bad_request`. */
export function choiceField<T extends string>(
  body: Readonly<Record<string, unknown>>,
  name: string,
  choices: readonly T[],
): T | undefined {
  const text = textField(body, name);
  const choice = choices.find((one) => one === text);
  if (text === undefined || choice) return choice;
  throw new AmodalError('bad_request', `"${name}" must be one of ${choices.join(', ')}, got "${clip(text)}".`);
}

/** Who asks, as the audit trail names them: the body's `by`, else `api`. */
export function actorOf(body: Readonly<Record<string, unknown>>): string {
  const by = textField(body, 'by');
  if (by === undefined) return 'api';
  if (ACTOR.test(by)) return by;
  throw new AmodalError('bad_request', '"by" must be 1 to 64 letters, digits or any of . _ @ : -');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AmodalError('bad_request', 'The body is not valid JSON.', { cause });
  }
}

function clip(text: string): string {
  return text.slice(0, 80);
}
