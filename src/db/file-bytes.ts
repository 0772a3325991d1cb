import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Ends the name of a file that is still being written. */
const PART = '.part';

/** The bytes of stored files: `<dir>/<id>`, there whole or not at all. */
export interface FileBytes {
  /** Streams to disk and gives the size; undefined, with nothing left, when it is over `maxBytes`. */
  write(id: string, source: Uint8Array | AsyncIterable<Uint8Array>, maxBytes: number): Promise<number | undefined>;
  /** Undefined when it is not there. */
  read(id: string): Promise<Buffer | undefined>;
  remove(id: string): Promise<void>;
  /** Ids of files that nobody has touched since (epoch ms), unfinished ones included. */
  olderThan(time: number): Promise<readonly string[]>;
}

export function createFileBytes(dir: string): FileBytes {
  const path = (id: string) => join(dir, id);
  return {
    write: async (id, source, maxBytes) => {
      await mkdir(dir, { recursive: true, mode: 0o700 });
      const part = `${path(id)}${PART}`;
      try {
        const size = await writeAll(part, source, maxBytes);
        if (size !== undefined) await rename(part, path(id));
        return size;
      } finally {
        await rm(part, { force: true });
      }
    },
    read: (id) => readFile(path(id)).catch(unlessMissing),
    remove: async (id) => {
      await rm(path(id), { force: true });
      await rm(`${path(id)}${PART}`, { force: true });
    },
    olderThan: async (time) => {
      const names = (await readdir(dir).catch(unlessMissing)) ?? [];
      const old: string[] = [];
      for (const name of names) {
        const at = (await stat(path(name)).catch(unlessMissing))?.mtimeMs ?? Number.POSITIVE_INFINITY;
        if (at < time) old.push(name.endsWith(PART) ? name.slice(0, -PART.length) : name);
      }
      return old;
    },
  };
}

/** Bytes written and synced; undefined when there were more than allowed. */
async function writeAll(
  path: string,
  source: Uint8Array | AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<number | undefined> {
  const file = await open(path, 'wx', 0o600);
  try {
    let size = 0;
    for await (const chunk of source instanceof Uint8Array ? [source] : source) {
      size += chunk.length;
      if (size > maxBytes) return undefined;
      await file.writeFile(chunk);
    }
    await file.sync();
    return size;
  } finally {
    await file.close();
  }
}

function unlessMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT') return undefined;
  throw error;
}
