/** What a service says after one look: when it wants to look again, epoch ms; undefined = nothing is known to come. */
export interface Tick {
  readonly nextAt?: number;
}

/** One background service; the loop around it is `runService`. */
export interface Service {
  readonly name: string;
  /** Does everything that is due now, or starts it. Rejects when it could not; then it is asked again later. */
  tick(): Promise<Tick>;
  /** Calls `poke` whenever there may be work before `nextAt`, until the returned function is called. */
  wakeOn?(poke: () => void): () => void;
  /** Takes nothing new and finishes or hands back what it began. */
  stop?(): Promise<void>;
}

/** Lets timers and sockets have their turn between two pieces of a long computation. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
