/**
 * Reads that are asked for in one turn of the event loop share their answer: requests that arrive together see the same
 * moment, and the next turn reads again.
 */
export function perTurn<Value>(read: (key: string) => Promise<Value>): (key: string) => Promise<Value> {
  let reads = new Map<string, Promise<Value>>();
  return (key) => {
    const known = reads.get(key);
    if (known) return known;
    if (reads.size === 0) {
      setImmediate(() => {
        reads = new Map();
      });
    }
    const reading = read(key);
    reads.set(key, reading);
    return reading;
  };
}
