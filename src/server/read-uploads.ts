import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { Busboy } from '@fastify/busboy';
import type { Context } from 'hono';
import type { ErrorCode } from '../domain/error.ts';
import type { Clock } from '../domain/ports/clock.ts';
import { DEFAULT_MAX_UPLOAD_BYTES, type Upload, type UploadResult, type UploadView } from '../operations/uploads.ts';
import { endWhenIdle, mayTakeLonger } from './body-deadline.ts';

/** Most files of one request. */
const MOST_FILES = 10;

const MOST_FIELDS = 20;

const DRAIN_MS = 1000;

export type Uploads =
  | { readonly ok: true; readonly files: readonly UploadView[] }
  | { readonly ok: false; readonly status: number; readonly code: ErrorCode; readonly detail: string };

type Parser = InstanceType<typeof Busboy>;

export interface UploadPorts {
  readonly clock: Clock;
  readonly save: (upload: Upload) => Promise<UploadResult>;
}

/** Streams every file of a multipart form to `save`, one after another, and stops at the first that is refused. */
export async function readUploads(c: Context, { clock, save }: UploadPorts): Promise<Uploads> {
  const type = c.req.header('content-type') ?? '';
  const { body } = c.req.raw;
  const source = body ? Readable.fromWeb(body as ReadableStream) : Readable.from([]);
  try {
    if (!/^multipart\/form-data\s*;/i.test(type)) {
      return refused(400, 'Send the files as multipart/form-data, e.g. curl -F file=@report.csv.');
    }
    const parser = parserOf(type);
    if (!parser) return refused(400, 'The form has no boundary that can be read.');
    mayTakeLonger(c.env?.incoming);
    const stopWatching = endWhenIdle(source, clock);
    return await collect(parser, source, save).finally(() => {
      stopWatching();
      source.unpipe(parser);
    });
  } finally {
    await readAway(source, clock);
  }
}

/** Who still sends when the connection closes may never see the answer: for a moment, the rest is read and dropped. */
async function readAway(source: Readable, clock: Clock): Promise<void> {
  if (!source.destroyed && !source.readableEnded) {
    const over = new AbortController();
    const done = () => over.abort();
    source.once('end', done).once('error', done).once('close', done).resume();
    await clock.sleep(DRAIN_MS, over.signal);
  }
  source.destroy();
}

function parserOf(type: string): Parser | undefined {
  try {
    const limits = { files: MOST_FILES, fields: MOST_FIELDS, parts: MOST_FILES + MOST_FIELDS };
    return new Busboy({ headers: { 'content-type': type }, limits });
  } catch {
    return undefined;
  }
}

function collect(parser: Parser, source: Readable, save: UploadPorts['save']): Promise<Uploads> {
  return new Promise((resolve) => {
    const saves: Promise<UploadResult>[] = [];
    const parts: Readable[] = [];
    // What is still being written when the answer is known ends with it, and leaves nothing.
    const give = (uploads: Uploads) => {
      for (const part of parts) part.destroy();
      resolve(uploads);
    };
    const brokenOff = () => give(refused(400, 'The form broke off before its end.'));
    parser.on('file', (_field, stream, filename, _encoding, mediaType) => {
      parts.push(stream);
      const saving = save({ filename: filename ?? '', mediaType, source: stream });
      // A refusal is answered at once: what still comes would be read for nothing.
      saving.then(
        (one) => void (one.ok || give(refusal(one.reason))),
        () => brokenOff(),
      );
      saves.push(saving);
    });
    parser.on('filesLimit', () => give(refused(413, `One form may hold at most ${MOST_FILES} files.`)));
    parser.on('error', brokenOff);
    source.on('error', brokenOff);
    parser.on('finish', () => {
      void Promise.all(saves).then((results) => give(allOf(results)), brokenOff);
    });
    source.pipe(parser);
  });
}

function allOf(results: readonly UploadResult[]): Uploads {
  const files: UploadView[] = [];
  for (const result of results) {
    if (!result.ok) return refusal(result.reason);
    files.push(result.file);
  }
  return files.length > 0 ? { ok: true, files } : refused(400, 'The form holds no file.');
}

function refusal(reason: Extract<UploadResult, { ok: false }>['reason']): Uploads {
  switch (reason) {
    case 'too_large':
      return refused(413, `A file may have at most ${DEFAULT_MAX_UPLOAD_BYTES} bytes.`);
    case 'too_many':
      return refused(409, 'As many files are kept for this key as may be; the oldest expire by themselves.');
  }
}

function refused(status: number, detail: string): Uploads {
  return { ok: false, status, code: status === 409 ? 'conflict' : 'bad_request', detail };
}
