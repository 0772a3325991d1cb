import { randomBytes } from 'node:crypto';
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AmodalError } from '../domain/error.ts';
import { makeStateDir } from './state-dir.ts';

const SECRET_FILE = 'secret';
const SECRET = /^[0-9a-f]{64}$/;

/**
 * The secret that webhook URLs are derived from: the given one (`AMODAL_SECRET`), or 32 random bytes as hexadecimal
 * digits, made once into the state folder (mode 0600). Two processes that start together agree on one.
 */
export function instanceSecret(options: { readonly stateDir: string; readonly given?: string }): string {
  const { stateDir, given } = options;
  if (given) return given;
  const file = join(stateDir, SECRET_FILE);
  const known = readSecret(file);
  if (known !== undefined) return known;
  makeStateDir(stateDir);
  createSecret(file);
  return readSecret(file) ?? '';
}

function readSecret(file: string): string | undefined {
  const text = readIfThere(file)?.trim();
  if (text === undefined || SECRET.test(text)) return text;
  throw new AmodalError(
    'state_unreadable',
    `${file} is not an instance secret (64 hexadecimal digits): restore it, or delete it and give senders the new webhook URLs.`,
  );
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw new AmodalError('state_unreadable', `${file} cannot be read: check its permissions.`, { cause });
  }
}

/** Written whole under another name first; the link succeeds for one process only. */
function createSecret(file: string): void {
  const secret = randomBytes(32).toString('hex');
  const draft = `${file}.${process.pid}.${secret.slice(0, 8)}`;
  writeFileSync(draft, `${secret}\n`, { mode: 0o600 });
  try {
    linkSync(draft, file);
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'EEXIST')) throw cause;
  } finally {
    rmSync(draft, { force: true });
  }
}
