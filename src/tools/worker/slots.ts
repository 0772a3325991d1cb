/** Lets at most `count` pieces of work run at once; the others wait, and are given up when their signal has aborted by then. */
export function createSlots(
  count: number,
): <Result>(work: () => Promise<Result>, givenUp: () => Result, signal: AbortSignal) => Promise<Result> {
  let free = count;
  const waiting: (() => void)[] = [];
  const turn = () =>
    new Promise<void>((resolve) => {
      if (free > 0) {
        free -= 1;
        resolve();
      } else waiting.push(resolve);
    });
  const give = () => {
    const next = waiting.shift();
    if (next) next();
    else free += 1;
  };
  return async (work, givenUp, signal) => {
    await turn();
    try {
      return signal.aborted ? givenUp() : await work();
    } finally {
      give();
    }
  };
}
