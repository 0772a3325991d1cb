import type { DeliveryResult } from '../domain/delivery.ts';
import type { Database } from '../domain/ports/database.ts';
import { isTerminal, type RunId, type RunReason, type RunStatus } from '../domain/run.ts';
import type { NewTranscriptEntry } from '../domain/transcript.ts';

/** Something that has just been committed. */
export type RunChange =
  | { readonly type: 'transcript'; readonly run: RunId; readonly entries: readonly NewTranscriptEntry[] }
  | { readonly type: 'ended'; readonly run: RunId; readonly status: RunStatus; readonly reason?: RunReason }
  | { readonly type: 'delivery'; readonly delivery: string; readonly result: DeliveryResult; readonly final: boolean };

/** Who is told of changes in this process, without asking the database again and again. */
export interface RunWatch {
  /** Calls back on each change of one run until the returned function is called. */
  onRun(run: RunId, listener: (change: RunChange) => void): () => void;
  /** Calls back on every change: for metrics. */
  onAny(listener: (change: RunChange) => void): () => void;
}

/** The same database, whose commits are told to whoever watches a run: the one source of waiting and streaming. */
export function watchRuns(database: Database): { readonly database: Database; readonly watch: RunWatch } {
  const byRun = new Map<RunId, Set<(change: RunChange) => void>>();
  const all = new Set<(change: RunChange) => void>();
  const tell = (change: RunChange) => {
    for (const listener of [...all]) listener(change);
    if (change.type === 'delivery') return;
    for (const listener of [...(byRun.get(change.run) ?? [])]) listener(change);
  };
  return {
    database: tellingDatabase(database, tell),
    watch: {
      onRun: (run, listener) => {
        const listeners = byRun.get(run) ?? new Set();
        byRun.set(run, listeners.add(listener));
        return () => {
          listeners.delete(listener);
          if (listeners.size === 0 && byRun.get(run) === listeners) byRun.delete(run);
        };
      },
      onAny: (listener) => {
        all.add(listener);
        return () => all.delete(listener);
      },
    },
  };
}

/** A proxy keeps every other verb as it is, whatever the database adds. */
function tellingDatabase(database: Database, tell: (change: RunChange) => void): Database {
  const told = tellingVerbs(database, tell);
  return new Proxy(database, {
    get(target, property) {
      if (Object.hasOwn(told, property)) return Reflect.get(told, property);
      const value: unknown = Reflect.get(target, property);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

type ToldVerb = 'appendTranscript' | 'settleRun' | 'reclaimRun' | 'requestCancel' | 'settleDelivery' | 'enqueueRun';

function tellingVerbs(database: Database, tell: (change: RunChange) => void): Pick<Database, ToldVerb> {
  const ended = (run: RunId, status: RunStatus, reason?: RunReason) => {
    if (isTerminal(status)) tell({ type: 'ended', run, status, reason });
  };
  return {
    enqueueRun: async (run, options, now) => {
      const enqueued = await database.enqueueRun(run, options, now);
      if (enqueued.type === 'skipped') ended(enqueued.run, 'skipped', enqueued.reason);
      return enqueued;
    },
    appendTranscript: async (run, fence, entries, now) => {
      const held = await database.appendTranscript(run, fence, entries, now);
      if (held) tell({ type: 'transcript', run, entries });
      return held;
    },
    settleRun: async (settle, now) => {
      const settlement = await database.settleRun(settle, now);
      if (settlement) {
        tell({ type: 'transcript', run: settle.run, entries: settle.transcript });
        ended(settle.run, settlement.status, settlement.reason);
      }
      return settlement;
    },
    reclaimRun: async (settle, now) => {
      const settlement = await database.reclaimRun(settle, now);
      if (settlement) ended(settle.run, settlement.status, settlement.reason);
      return settlement;
    },
    requestCancel: async (run, by, now) => {
      const result = await database.requestCancel(run, by, now);
      if (result === 'cancelled') ended(run, 'cancelled', 'cancelled');
      return result;
    },
    settleDelivery: async (attempt, now) => {
      const settled = await database.settleDelivery(attempt, now);
      const { id, result, nextAttemptAt } = attempt;
      if (settled) tell({ type: 'delivery', delivery: id, result, final: result.ok || nextAttemptAt === undefined });
      return settled;
    },
  };
}
