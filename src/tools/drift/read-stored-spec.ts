import { hash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bundle } from '../../domain/bundle.ts';
import type { StoredSpec } from '../../domain/connection.ts';

/** Of a stored or a live description. */
export const MAX_SPEC_BYTES = 5 * 1024 * 1024;

/** One description; `hash` is the SHA-256 of its bytes, lower hex. */
export type SpecText =
  | { readonly ok: true; readonly text: string; readonly hash: string }
  | { readonly ok: false; readonly reason: string };

/** Reads the description that stands beside a connection, when it is needed: it can be larger than all other files. */
export async function readStoredSpec({ file }: StoredSpec, { dir }: Pick<Bundle, 'dir'>): Promise<SpecText> {
  try {
    const handle = await open(join(dir, file));
    try {
      const { size } = await handle.stat();
      if (size > MAX_SPEC_BYTES) {
        return { ok: false, reason: `${file} has ${size} bytes; at most ${MAX_SPEC_BYTES} are compared` };
      }
      return specText(await handle.readFile('utf8'));
    } finally {
      await handle.close();
    }
  } catch (error) {
    return { ok: false, reason: `${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? String(error)})` };
  }
}

export function specText(text: string): SpecText {
  return { ok: true, text: text.replace(/^\uFEFF/, ''), hash: hash('sha256', text) };
}
