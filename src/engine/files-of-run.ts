import type { Clock } from '../domain/ports/clock.ts';
import type { RunFilesRead } from '../domain/ports/delivery-type.ts';
import type { Files, StoredFile } from '../domain/ports/files.ts';
import type { RunId } from '../domain/run.ts';

/** Reads the files that a run made, in the order of their making, until `maxBytes` are used up. */
export async function filesOfRun(
  { database, clock }: { readonly database: Pick<Files, 'listRunFiles' | 'readFile'>; readonly clock: Clock },
  run: RunId,
  maxBytes: number,
): Promise<RunFilesRead> {
  const files: { file: StoredFile; bytes: Buffer }[] = [];
  const left: string[] = [];
  let room = maxBytes;
  for (const file of await database.listRunFiles(run, clock.now())) {
    const bytes = file.sizeBytes <= room ? await database.readFile(file.id, clock.now()) : undefined;
    if (bytes) {
      files.push({ file, bytes });
      room -= bytes.length;
    } else left.push(file.filename);
  }
  return { files, left };
}
