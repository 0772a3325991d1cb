import type { Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib';

/** What became of a body. */
export type BodyEnd =
  | { readonly type: 'whole'; readonly bytes: Buffer }
  /** More than the cap; `bytes` are the first of it. */
  | { readonly type: 'over'; readonly bytes: Buffer }
  | { readonly type: 'broken'; readonly error: string };

export interface BodySink {
  write(chunk: Buffer): void;
  end(): void;
  /** What has arrived so far; nothing more is taken. */
  stop(): Buffer;
}

export interface SinkOptions {
  /** Of the decompressed body; the compressed one may not be longer either. */
  readonly maxBytes: number;
  readonly onEnd: (end: BodyEnd) => void;
  readonly pause: () => void;
  readonly resume: () => void;
}

const DECODERS: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  br: createBrotliDecompress,
};

/** Whether a body in this `Content-Encoding` can be read: none, or one of gzip, deflate, br. */
export function isKnownEncoding(encoding: string): boolean {
  return encoding === '' || encoding === 'identity' || encoding === 'deflate' || Object.hasOwn(DECODERS, encoding);
}

/** Collects a body, decompressed, up to a cap; calls `onEnd` once. */
export function createBodySink(encoding: string, options: SinkOptions): BodySink {
  const collected = collector(options);
  if (encoding === '' || encoding === 'identity') {
    return { write: collected.add, end: collected.end, stop: collected.stop };
  }
  return decodingSink(encoding, collected, options);
}

type Collector = ReturnType<typeof collector>;

function collector({ maxBytes, onEnd }: SinkOptions) {
  const chunks: Buffer[] = [];
  let length = 0;
  let isOver = false;
  const finish = (end: BodyEnd) => {
    if (isOver) return;
    isOver = true;
    onEnd(end);
  };
  return {
    add: (chunk: Buffer) => {
      if (isOver) return;
      chunks.push(chunk.subarray(0, maxBytes - length));
      length += chunk.length;
      if (length > maxBytes) finish({ type: 'over', bytes: Buffer.concat(chunks) });
    },
    end: () => finish({ type: 'whole', bytes: Buffer.concat(chunks) }),
    fail: (error: string) => finish({ type: 'broken', error }),
    overflow: () => finish({ type: 'over', bytes: Buffer.concat(chunks) }),
    stop: () => {
      isOver = true;
      return Buffer.concat(chunks);
    },
  };
}

function decodingSink(encoding: string, collected: Collector, { maxBytes, pause, resume }: SinkOptions): BodySink {
  let decoder: Transform | undefined;
  let received = 0;
  const open = (first: Buffer): Transform => {
    const made = decoderFor(encoding, first);
    made.on('data', collected.add);
    made.on('end', collected.end);
    made.on('drain', resume);
    made.on('error', (error) => collected.fail(`the ${encoding} body is broken: ${error.message}`));
    return made;
  };
  return {
    write: (chunk) => {
      received += chunk.length;
      if (received > maxBytes) return collected.overflow();
      decoder ??= open(chunk);
      if (!decoder.write(chunk)) pause();
    },
    end: () => (decoder ? decoder.end() : collected.end()),
    stop: () => {
      decoder?.destroy();
      return collected.stop();
    },
  };
}

/** `deflate` means zlib, but some servers send the raw form: the first byte tells. */
function decoderFor(encoding: string, first: Buffer): Transform {
  const make = DECODERS[encoding];
  if (make) return make();
  return ((first[0] ?? 0) & 0x0f) === 8 ? createInflate() : createInflateRaw();
}
