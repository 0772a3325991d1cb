/** Most characters of a note's key. */
export const MAX_NOTE_KEY = 128;

/** Largest note, in bytes of UTF-8. */
export const MAX_NOTE_BYTES = 16_384;

/** Bytes that the notes of one automation may have together, keys included, unless the file says otherwise. */
export const DEFAULT_MEMORY_BYTES = 65_536;

/** Notes between runs, as `amodal.json` and the automation's file set them up. */
export interface MemorySettings {
  readonly enabled: boolean;
  /** Whether a run may write notes without `writeEnabled`. */
  readonly automationWritable: boolean;
  readonly maxBytes: number;
}

export const NO_MEMORY: MemorySettings = { enabled: false, automationWritable: false, maxBytes: DEFAULT_MEMORY_BYTES };

/** One note of an automation. `origin` is `untrusted` when an outside event had a hand in it. */
export interface Note {
  readonly automation: string;
  readonly key: string;
  readonly text: string;
  readonly origin: 'trusted' | 'untrusted';
  /** The run that wrote it, or the person: `cli`, `api`. */
  readonly author: string;
  /** Epoch ms. */
  readonly updatedAt: number;
}

/** The part of a budget of bytes that a note uses. */
export function noteBytes({ key, text }: Pick<Note, 'key' | 'text'>): number {
  return Buffer.byteLength(key) + Buffer.byteLength(text);
}

/** Why a note cannot be kept whatever room there is, or undefined. */
export function noteProblem({ key, text }: Pick<Note, 'key' | 'text'>): string | undefined {
  if (key.trim() === '') return 'the key of a note must not be empty';
  if ([...key].length > MAX_NOTE_KEY) return `the key of a note may have at most ${MAX_NOTE_KEY} characters`;
  if (/\p{Cc}|\p{Surrogate}/u.test(key)) return 'the key of a note must not hold control characters';
  const bytes = Buffer.byteLength(text);
  return bytes > MAX_NOTE_BYTES ? `the note has ${bytes} bytes; at most ${MAX_NOTE_BYTES} fit` : undefined;
}
