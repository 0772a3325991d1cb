import type { AccessKey } from '../domain/access-key.ts';
import { AmodalError } from '../domain/error.ts';
import type { CallerPorts } from './ports.ts';

/** Most files of one call. */
const MOST_FILES = 20;

const LISTED = /^fi_[A-Za-z0-9]{1,64}$/;
const MENTIONED = /^fi_[0-9a-f]{32}$/;

/** The files that a body names: in its list `files`, which speaks to the runtime, or anywhere else in its data. */
export interface NamedFiles {
  readonly listed: readonly string[];
  readonly mentioned: readonly string[];
}

/** Reads a body, at most 100 deep; throws `bad_request` for too many. */
export function namedFiles(body: unknown, list: unknown): NamedFiles {
  const listed = listedFiles(list);
  const mentioned = new Set<string>();
  collect(body, mentioned);
  for (const id of listed) mentioned.delete(id);
  return { listed, mentioned: [...mentioned] };
}

/**
 * The ids to attach. Throws `bad_request` where the list names what this key has not uploaded; elsewhere such a text is
 * the automation's own data.
 */
export async function attachedFiles(
  { database, clock }: Pick<CallerPorts, 'database' | 'clock'>,
  key: AccessKey,
  { listed, mentioned }: NamedFiles,
): Promise<readonly string[]> {
  const isOwn = async (id: string) => (await database.getFile(id, clock.now()))?.owner === key.id;
  const attached: string[] = [];
  for (const id of listed) {
    if (!(await isOwn(id)))
      throw new AmodalError('bad_request', `"files" names "${id}", which this key has not uploaded.`);
    attached.push(id);
  }
  for (const id of mentioned.slice(0, MOST_FILES)) {
    if (attached.length < MOST_FILES && (await isOwn(id))) attached.push(id);
  }
  return attached;
}

/** A list of `fi_…` ids; any other `files` is the automation's own data. */
function listedFiles(files: unknown): readonly string[] {
  if (!Array.isArray(files) || files.length === 0) return [];
  if (!files.every((id) => typeof id === 'string' && LISTED.test(id))) return [];
  if (files.length <= MOST_FILES) return [...new Set<string>(files)];
  throw new AmodalError('bad_request', `"files" may name at most ${MOST_FILES} files, got ${files.length}.`);
}

function collect(value: unknown, found: Set<string>): void {
  if (typeof value === 'string') {
    if (MENTIONED.test(value)) found.add(value);
    return;
  }
  if (value === null || typeof value !== 'object') return;
  for (const part of Object.values(value)) collect(part, found);
}
