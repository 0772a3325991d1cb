import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Bundle } from '../../domain/bundle.ts';
import type { Connection } from '../../domain/connection.ts';
import { parseDatabaseUrl } from './database-url.ts';
import type { SqlTarget } from './sql-job.ts';
import { findSqliteFile } from './sqlite-file.ts';

export type FoundTarget =
  /** `hidden`: values that must not be shown, besides those that `Secrets` knows. */
  | { readonly ok: true; readonly target: SqlTarget; readonly hidden: readonly string[] }
  | { readonly ok: false; readonly reason: string };

/** The driver of a connection of `protocol: "sql"`; undefined when its file names none that is known. */
export function driverOf({ spec }: Connection): SqlTarget['driver'] | undefined {
  const { driver } = spec;
  return driver === 'sqlite' || driver === 'postgres' || driver === 'mysql' ? driver : undefined;
}

/** Where a connection leads, with its references resolved: the last hop before a worker. */
export function sqlTargetOf(connection: Connection, { dir, secrets }: Pick<Bundle, 'dir' | 'secrets'>): FoundTarget {
  const driver = driverOf(connection);
  const { file, url } = connection.spec;
  if (!driver) return missing(connection, 'driver');
  if (driver === 'sqlite') {
    if (typeof file !== 'string') return missing(connection, 'file');
    const found = findSqliteFile(dir, secrets.resolve(file));
    return found.ok ? { ok: true, target: { driver, file: found.file }, hidden: [] } : found;
  }
  if (typeof url !== 'string') return missing(connection, 'url');
  const parsed = parseDatabaseUrl(driver, secrets.resolve(url));
  if (!parsed.ok) return parsed;
  const { target, caFile } = parsed;
  const ca = caFile === undefined ? undefined : certificates(resolve(dir, caFile));
  if (ca === null) return { ok: false, reason: 'the file that sslrootcert names cannot be read' };
  const { allowPrivateNetwork } = connection;
  const hidden = target.password.length < 4 ? [] : [target.password, encodeURIComponent(target.password)];
  return { ok: true, target: { ...target, allowPrivateNetwork, ...(ca ? { ca } : {}) }, hidden };
}

function missing({ name }: Connection, field: string): FoundTarget {
  return { ok: false, reason: `the file of connection "${name}" has no "${field}"` };
}

function certificates(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
