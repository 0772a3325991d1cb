import { AmodalError } from '../../domain/error.ts';
import type { FaultPoint, Faults } from '../../domain/ports/faults.ts';
import type { Connection } from './connection.ts';
import { explainError, isBusy, isUnavailable } from './explain-error.ts';

/** How many verbs share one transaction at most, so that a batch never holds the event loop for long. */
const BATCH = 256;
/** Each try waits up to the file's busy timeout, with a turn of the event loop between them. */
const BUSY_TRIES = 400;

/** Fault points around the commit that makes a verb durable. */
export interface CommitFaults {
  readonly before?: FaultPoint;
  readonly after?: FaultPoint;
}

/** The one way to the file: writes that wait at the same time share a commit, and so its fsync. */
export interface GroupCommit {
  /** Runs `apply` in a transaction (again, alone, when another verb of its batch fails) and resolves once committed. */
  write<T>(apply: () => T, faults?: CommitFaults): Promise<T>;
  read<T>(query: () => T): Promise<T>;
  /** True while the last commit worked. */
  isWritable(): boolean;
  /** Commits so far. */
  commits(): number;
  /** Finishes what waits; every later verb is refused. */
  close(): Promise<void>;
}

interface Pending {
  readonly apply: () => unknown;
  readonly faults: CommitFaults | undefined;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: AmodalError) => void;
}

export function createGroupCommit(connection: Connection, faults: Faults): GroupCommit {
  let waiting: Pending[] = [];
  let flushing: Promise<void> | undefined;
  let closed = false;
  let writable = true;
  let commits = 0;

  const commit = (batch: readonly Pending[]): readonly unknown[] => {
    connection.run('BEGIN IMMEDIATE');
    try {
      const values = batch.map((pending) => pending.apply());
      reach(faults, batch, 'before');
      connection.run('COMMIT');
      commits += 1;
      writable = true;
      return values;
    } catch (error) {
      if (connection.inTransaction()) connection.run('ROLLBACK');
      if (isUnavailable(error)) writable = false;
      throw error;
    }
  };

  const settleBatch = async (batch: readonly Pending[]): Promise<void> => {
    const done = await attempt(() => commit(batch));
    if (done.ok) {
      reach(faults, batch, 'after');
      for (const [index, pending] of batch.entries()) pending.resolve(done.value[index]);
    } else if (batch.length === 1 || isBusy(done.error)) {
      for (const pending of batch) pending.reject(explainError(done.error, connection.path));
    } else {
      for (const pending of batch) await settleBatch([pending]);
    }
  };

  const flush = async (): Promise<void> => {
    while (waiting.length > 0) {
      await nextTurn();
      const batch = waiting.slice(0, BATCH);
      waiting = waiting.slice(BATCH);
      await settleBatch(batch);
    }
    flushing = undefined;
  };

  const refuse = () => Promise.reject(new AmodalError('unavailable', `state in ${connection.path} is closed.`));

  return {
    write: <T>(apply: () => T, points?: CommitFaults) => {
      if (closed) return refuse();
      return new Promise<T>((resolve, reject) => {
        waiting.push({ apply, faults: points, resolve: resolve as (value: unknown) => void, reject });
        flushing ??= flush();
      });
    },
    read: async (query) => {
      if (closed) return refuse();
      try {
        return await whenFree(query);
      } catch (error) {
        throw explainError(error, connection.path);
      }
    },
    isWritable: () => writable,
    commits: () => commits,
    close: async () => {
      if (closed) return;
      closed = true;
      await flushing;
      connection.close();
    },
  };
}

type Attempt<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown };

async function attempt<T>(work: () => T): Promise<Attempt<T>> {
  try {
    return { ok: true, value: await whenFree(work) };
  } catch (error) {
    return { ok: false, error };
  }
}

/** Repeats while another process holds the file, letting the event loop turn in between. */
async function whenFree<T>(work: () => T): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return work();
    } catch (error) {
      if (!isBusy(error) || tries === BUSY_TRIES) throw error;
      await nextTurn();
    }
  }
}

function reach(faults: Faults, batch: readonly Pending[], when: keyof CommitFaults): void {
  const points = new Set(batch.map((pending) => pending.faults?.[when]));
  for (const point of points) if (point) faults(point);
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
