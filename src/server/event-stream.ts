import type { Context } from 'hono';
import { streamSSE } from 'hono/streaming';
import type { Clock } from '../domain/ports/clock.ts';
import { isTerminal } from '../domain/run.ts';
import type { Operations } from '../operations/operations.ts';
import { integerParameter } from './parameters.ts';

/** A comment goes out this often, so that proxies and clients see that the stream lives. */
export const DEFAULT_HEARTBEAT_MS = 15_000;

/** The event after the last: told apart from a connection that broke. */
export const END_EVENT = 'end';

export interface StreamPorts {
  readonly operations: Operations;
  readonly clock: Clock;
  /** Aborts when the server stops. */
  readonly stopping: AbortSignal;
}

/**
 * A run's record as server-sent events, from `Last-Event-ID` (or `?after=`) on; closes when the run is over and all is
 * told. A client that comes back after the end hears 204, which tells browsers to stop.
 */
export async function streamRun(ports: StreamPorts, c: Context, id: string): Promise<Response> {
  const { operations } = ports;
  const run = await operations.showRun(id);
  const after = lastEventId(c);
  if (after !== undefined && isTerminal(run.status)) {
    const rest = await operations.runEvents(id, { after, limit: 1 });
    if (rest.length === 0) return c.body(null, 204);
  }
  c.header('x-accel-buffering', 'no');
  return streamSSE(c, async (stream) => {
    const gone = new AbortController();
    stream.onAbort(() => gone.abort());
    const signal = AbortSignal.any([gone.signal, ports.stopping]);
    void beat(ports.clock, signal, async () => void (await stream.write(': still here\n\n')));
    try {
      for await (const event of operations.followRun(id, { after, signal })) {
        await stream.writeSSE({ id: String(event.id), event: event.type, data: JSON.stringify(event) });
      }
      if (!signal.aborted) await stream.writeSSE({ event: END_EVENT, data: JSON.stringify({ run: id }) });
    } finally {
      gone.abort();
    }
  });
}

function lastEventId(c: Context): number | undefined {
  const header = c.req.header('last-event-id');
  if (header && /^\d{1,15}$/.test(header)) return Number(header);
  return integerParameter(c, 'after', { min: -1, max: Number.MAX_SAFE_INTEGER });
}

async function beat(clock: Clock, signal: AbortSignal, write: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    await clock.sleep(DEFAULT_HEARTBEAT_MS, signal);
    if (signal.aborted) return;
    await write().catch(() => {});
  }
}
