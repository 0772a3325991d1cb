/** Bodies below this size never wait for room. */
const SMALL_BYTES = 65_536;

/** Most bytes of large bodies that are being read at once, in all. */
const DEFAULT_BODY_MEMORY = 50_331_648;

/** Room for the bodies that are being read: slow senders of large ones cannot fill the memory or shut out small ones. */
export interface BodyMemory {
  /** Takes room for a body that may grow to `bytes`; undefined when there is none now. Call what comes back when done. */
  take(bytes: number): (() => void) | undefined;
}

export function createBodyMemory(total = DEFAULT_BODY_MEMORY): BodyMemory {
  let free = total;
  return {
    take: (bytes) => {
      if (bytes <= SMALL_BYTES) return () => {};
      if (bytes > free) return undefined;
      free -= bytes;
      let held = bytes;
      return () => {
        free += held;
        held = 0;
      };
    },
  };
}
