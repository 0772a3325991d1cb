import type { IncomingMessage } from 'node:http';
import type { Clock } from '../domain/ports/clock.ts';
import type { BodyReading } from '../operations/inbound.ts';
import type { BodyMemory } from './body-memory.ts';

/** What is kept of a body without asking for room. */
const FREE_BYTES = 65_536;

export interface BodyRules {
  readonly clock: Clock;
  readonly memory: BodyMemory;
  /** Milliseconds within which a body must be complete. */
  readonly deadlineMs: number;
}

/**
 * Reads the raw bytes of a request: over the cap it stops at once (before reading when `Content-Length` says so), and
 * what is not complete in time is given up. Never throws; the caller answers and drains.
 */
export async function readRequestBody(
  incoming: IncomingMessage,
  maxBytes: number,
  rules: BodyRules,
): Promise<BodyReading> {
  const declared = Number(incoming.headers['content-length'] ?? Number.NaN);
  if (declared > maxBytes) return { ok: false, reason: 'too_large' };
  const room = Number.isNaN(declared) ? maxBytes : declared;
  const reading = new AbortController();
  let release = () => {};
  try {
    return await new Promise<BodyReading>((resolve) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      let reserved = false;
      const stop = (reason: Extract<BodyReading, { ok: false }>['reason']) => resolve({ ok: false, reason });
      const onData = (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > maxBytes) return stop('too_large');
        if (bytes > FREE_BYTES && !reserved) {
          const taken = rules.memory.take(room);
          if (!taken) return stop('busy');
          reserved = true;
          release = taken;
        }
        chunks.push(chunk);
      };
      incoming.on('data', onData);
      incoming.once('end', () => resolve({ ok: true, body: Buffer.concat(chunks, bytes) }));
      incoming.once('error', () => stop('gone'));
      incoming.once('close', () => stop('gone'));
      reading.signal.addEventListener('abort', () => incoming.off('data', onData), { once: true });
      void giveUp(rules, reading.signal, () => stop('too_slow'));
    });
  } finally {
    reading.abort();
    release();
  }
}

/** Most bodies are there at once, so the deadline's timer is armed only for those that are not. */
async function giveUp({ clock, deadlineMs }: BodyRules, done: AbortSignal, stop: () => void): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  if (done.aborted) return;
  await clock.sleep(deadlineMs, done);
  if (!done.aborted) stop();
}
