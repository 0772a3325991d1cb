import type { Clock } from '../domain/ports/clock.ts';
import type { Files, StoredFile } from '../domain/ports/files.ts';
import type { SessionRequest } from '../domain/ports/session.ts';
import type { RunFiles } from '../domain/ports/tool.ts';

/** Most files that one run may make, and most bytes of one. */
export const DEFAULT_MAX_RUN_FILES = 20;
export const DEFAULT_MAX_RUN_FILE_BYTES = 26_214_400;

/** The files of one run, those that came with earlier turns of its conversation included; no others can be read. */
export function createRunFiles(
  { files, clock }: { readonly files: Files; readonly clock: Clock },
  { claimed: { run, event }, history = [] }: Pick<SessionRequest, 'claimed' | 'history'>,
): RunFiles {
  const readable = new Set([event, ...history].flatMap((turn) => turn?.files ?? []));
  const listAttached = async (): Promise<readonly StoredFile[]> => {
    const found = await Promise.all((event?.files ?? []).map((id) => files.getFile(id, clock.now())));
    return found.filter((file) => file !== undefined);
  };
  return {
    listAttached,
    saveFile: (file, source) =>
      files.saveFile(
        { ...file, run: run.id },
        source,
        { maxBytes: DEFAULT_MAX_RUN_FILE_BYTES, maxFiles: DEFAULT_MAX_RUN_FILES },
        clock.now(),
      ),
    readFile: async (id) => {
      const file = await files.getFile(id, clock.now());
      const isOurs = file !== undefined && (readable.has(id) || file.run === run.id);
      const bytes = isOurs ? await files.readFile(id, clock.now()) : undefined;
      return file && bytes ? { file, bytes } : undefined;
    },
  };
}
