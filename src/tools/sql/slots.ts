import type { ToolResult } from '../../domain/ports/tool.ts';

/** Lets at most `count` calls run at once; the others wait for their turn until their signal aborts. */
export function createSlots(
  count: number,
): (work: () => Promise<ToolResult>, signal: AbortSignal) => Promise<ToolResult> {
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
  return async (work, signal) => {
    await turn();
    try {
      if (signal.aborted) return { ok: false, text: 'stopped while it waited for its turn', sent: false };
      return await work();
    } finally {
      give();
    }
  };
}
