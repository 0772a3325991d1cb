import { AmodalError } from '../domain/error.ts';
import type { Clock } from '../domain/ports/clock.ts';
import type { RunId } from '../domain/run.ts';
import type { RunEventView } from '../operations/views.ts';
import { END_EVENT } from './event-stream.ts';
import { readEventStream } from './read-event-stream.ts';
import { type RemoteOptions, remoteRequest } from './remote-request.ts';

/** Pauses before a broken stream is opened again; the last one repeats. */
const RECONNECT_MS = [100, 500, 2000] as const;

/** A server that stays away this many times in a row is gone. */
const MOST_FAILURES = 10;

/** Follows a run over server-sent events; a stream that breaks is opened again after the last event that came. */
export async function* followRemoteRun(
  remote: RemoteOptions & { readonly clock: Clock },
  id: RunId,
  { after, signal }: { readonly after?: number; readonly signal: AbortSignal },
): AsyncIterable<RunEventView> {
  let last = after;
  let failures = 0;
  while (!signal.aborted) {
    try {
      for await (const event of openStream(remote, id, { after: last, signal })) {
        if (event === 'end') return;
        failures = 0;
        last = event.id;
        yield event;
      }
      failures += 1;
    } catch (error) {
      if (signal.aborted) return;
      if (isRefusal(error)) throw error;
      failures += 1;
      if (failures >= MOST_FAILURES) throw error;
    }
    await remote.clock.sleep(RECONNECT_MS[Math.min(failures, RECONNECT_MS.length) - 1] ?? 0, signal);
  }
}

async function* openStream(
  remote: RemoteOptions,
  id: RunId,
  { after, signal }: { readonly after?: number; readonly signal: AbortSignal },
): AsyncIterable<RunEventView | 'end'> {
  const response = await remoteRequest(remote, `/api/runs/${encodeURIComponent(id)}/stream`, {
    query: { after },
    headers: { accept: 'text/event-stream' },
    signal,
  });
  if (response.status === 204 || !response.body) {
    yield 'end';
    return;
  }
  for await (const { event, data } of readEventStream(response.body)) {
    yield event === END_EVENT ? 'end' : (JSON.parse(data) as RunEventView);
  }
}

/** The server answered and said no: asking again would not help. */
function isRefusal(error: unknown): boolean {
  return error instanceof AmodalError && error.code !== 'unavailable';
}
