import type { Clock } from '../domain/ports/clock.ts';
import { isTerminal, type RunId } from '../domain/run.ts';
import type { TranscriptEntry } from '../domain/transcript.ts';
import { requireRun } from './find-run.ts';
import { isoTime } from './iso-time.ts';
import type { Operations } from './operations.ts';
import type { OperationsPorts } from './ports.ts';
import type { RunEventView } from './views.ts';
import type { RunWatch } from './watch-runs.ts';

const PAGE = 200;

/** Looks again after this long although nobody told of a change: another process may have made it. */
const DEFAULT_LOOK_AGAIN_MS = 2000;

/** A page of a run's record, oldest first. */
export function runEvents({ database }: OperationsPorts): Operations['runEvents'] {
  return async (id, { after = -1, type, limit }) => {
    await requireRun(database, id);
    const found: RunEventView[] = [];
    let last = after;
    while (found.length < limit) {
      const entries = await database.readTranscript(id, last, PAGE);
      for (const entry of entries) if (!type || entry.type === type) found.push(runEventView(entry));
      last = entries.at(-1)?.seq ?? last;
      if (entries.length < PAGE) break;
    }
    return found.slice(0, limit);
  };
}

/** Yields the record as it is committed, until the run is over and all is told. */
export function followRun(ports: OperationsPorts): Operations['followRun'] {
  return (id, options) => follow(ports, id, options);
}

async function* follow(
  { database, watch, clock }: OperationsPorts,
  id: RunId,
  { after = -1, signal }: { readonly after?: number; readonly signal: AbortSignal },
): AsyncIterable<RunEventView> {
  const changes = bell(watch, id);
  try {
    let last = after;
    while (!signal.aborted) {
      changes.reset();
      const over = isTerminal((await requireRun(database, id)).status);
      const entries = await database.readTranscript(id, last, PAGE);
      for (const entry of entries) {
        if (signal.aborted) return;
        yield runEventView(entry);
      }
      last = entries.at(-1)?.seq ?? last;
      if (entries.length === PAGE) continue;
      if (over) return;
      await changes.wait(clock, signal);
    }
  } finally {
    changes.stop();
  }
}

/** Rings on each change of a run; a change between `reset` and `wait` is not missed. */
function bell(watch: RunWatch, id: RunId) {
  let rung = false;
  let wake = () => {};
  const stop = watch.onRun(id, () => {
    rung = true;
    wake();
  });
  return {
    stop,
    reset: () => {
      rung = false;
    },
    wait: async (clock: Clock, signal: AbortSignal): Promise<void> => {
      if (rung || signal.aborted) return;
      const over = new AbortController();
      const heard = new Promise<void>((resolve) => {
        wake = resolve;
      });
      await Promise.race([heard, clock.sleep(DEFAULT_LOOK_AGAIN_MS, AbortSignal.any([signal, over.signal]))]);
      over.abort();
    },
  };
}

function runEventView({ seq, at, attempt, type, content }: TranscriptEntry): RunEventView {
  return { id: seq, type, timestamp: isoTime(at), attempt, content };
}
