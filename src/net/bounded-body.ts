import type { IncomingMessage } from 'node:http';

export interface BodyLimits {
  readonly maxBytes: number;
  /** For the whole body. */
  readonly deadlineMs: number;
  /** How long the rest of a body over the cap is read and dropped, so that the sender gets to see the answer. */
  readonly drainMs: number;
}

export type BoundedBody =
  | { readonly ok: true; readonly bytes: Buffer }
  | { readonly ok: false; readonly reason: 'too_large' | 'timeout' | 'aborted' | 'encoding' };

/**
 * Reads a request's body within limits; never throws. An encoded body and one whose `Content-Length` is over the cap
 * are refused before a byte is read; a chunked one over the cap is drained for a moment first.
 */
export function readBoundedBody(incoming: IncomingMessage, limits: BodyLimits): Promise<BoundedBody> {
  const encoding = incoming.headers['content-encoding']?.trim().toLowerCase() ?? '';
  if (encoding !== '' && encoding !== 'identity') return Promise.resolve({ ok: false, reason: 'encoding' });
  if (Number(incoming.headers['content-length'] ?? 0) > limits.maxBytes) {
    return Promise.resolve({ ok: false, reason: 'too_large' });
  }
  return collect(incoming, limits);
}

function collect(incoming: IncomingMessage, { maxBytes, deadlineMs, drainMs }: BodyLimits): Promise<BoundedBody> {
  return new Promise((resolve) => {
    let chunks: Buffer[] = [];
    let length = 0;
    let isOver = false;
    // The listeners stay: whatever still arrives on a given-up body must not become an uncaught error.
    const finish = (body: BoundedBody) => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      if (!body.ok) incoming.pause();
      resolve(body);
    };
    const isTooLarge = () => length > maxBytes;
    const onTooLarge = () => finish({ ok: false, reason: 'too_large' });
    const onData = (chunk: Buffer) => {
      if (isOver) return;
      const wasTooLarge = isTooLarge();
      length += chunk.length;
      if (!isTooLarge()) return void chunks.push(chunk);
      if (wasTooLarge) return;
      chunks = [];
      clearTimeout(timer);
      timer = setTimeout(onTooLarge, drainMs);
    };
    const onEnd = () => (isTooLarge() ? onTooLarge() : finish({ ok: true, bytes: Buffer.concat(chunks, length) }));
    const onAborted = () => finish({ ok: false, reason: isTooLarge() ? 'too_large' : 'aborted' });
    let timer = setTimeout(() => finish({ ok: false, reason: 'timeout' }), deadlineMs);
    if (incoming.destroyed) return onAborted();
    incoming.on('data', onData).on('end', onEnd).on('error', onAborted).on('close', onAborted);
  });
}
