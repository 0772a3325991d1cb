/**
 * Does a piece of work under a signal of its own, which follows the outer one only until the work is done: a request
 * that has been answered must not be cancelled when its session ends.
 */
export async function withSignal<T>(outer: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const own = new AbortController();
  const follow = () => own.abort(outer.reason);
  if (outer.aborted) follow();
  outer.addEventListener('abort', follow, { once: true });
  try {
    return await work(own.signal);
  } finally {
    outer.removeEventListener('abort', follow);
  }
}
