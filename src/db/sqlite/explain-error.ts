import { AmodalError } from '../../domain/error.ts';

const UNREADABLE = /^SQLITE_(NOTADB|CORRUPT)/;
const UNAVAILABLE = /^SQLITE_(FULL|IOERR|READONLY|CANTOPEN|PERM|NOMEM|PROTOCOL)/;
const BUSY = /^SQLITE_(BUSY|LOCKED)/;

/** SQLite's own word for what went wrong (`SQLITE_FULL`, …), or undefined for any other error. */
export function sqliteCodeOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && code.startsWith('SQLITE_') ? code : undefined;
}

export function isBusy(error: unknown): boolean {
  return BUSY.test(sqliteCodeOf(error) ?? '');
}

/** True for errors of the disk below the state (full, failing, read-only), which may be over later. */
export function isUnavailable(error: unknown): boolean {
  return UNAVAILABLE.test(sqliteCodeOf(error) ?? '');
}

/** Turns whatever a statement threw into a refusal that says what to do; `path` is the database file. */
export function explainError(error: unknown, path: string): AmodalError {
  if (error instanceof AmodalError) return error;
  const code = sqliteCodeOf(error);
  const said = error instanceof Error ? error.message : String(error);
  if (code === undefined) return new AmodalError('internal', `state in ${path}: ${said}`, { cause: error });
  if (isBusy(error)) {
    return unavailable(error, `state in ${path} stayed locked by another process: try again in a moment.`);
  }
  if (code.startsWith('SQLITE_FULL')) {
    return unavailable(
      error,
      `state in ${path} cannot grow (${code}): free some disk space; work goes on by itself then.`,
    );
  }
  if (isUnavailable(error)) {
    return unavailable(
      error,
      `state in ${path} cannot be used (${code}: ${said}): check the disk and the permissions.`,
    );
  }
  if (UNREADABLE.test(code)) return unreadable(error, path);
  return new AmodalError('internal', `state in ${path}: ${said} (${code})`, { cause: error });
}

/** The refusal for a file that is no readable state of ours. */
export function unreadable(cause: unknown, path: string): AmodalError {
  const said = cause instanceof Error ? cause.message : String(cause);
  return new AmodalError(
    'state_unreadable',
    `state in ${path} cannot be read (${said}): restore it from a backup, or move it away to start with an empty history.`,
    { cause },
  );
}

function unavailable(cause: unknown, message: string): AmodalError {
  return new AmodalError('unavailable', message, { cause });
}
