import { parseEnv } from 'node:util';
import type { Env } from './check-references.ts';
import type { SourceFile } from './source-file.ts';

/** The variables of one load, as they are now: those of `.env`, and the process's own, which win. */
export function readEnv(source: SourceFile | undefined, env: Env): Env {
  return { ...(source && !source.problem ? parseEnv(source.text) : {}), ...defined(env) };
}

function defined(env: Env): Env {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined));
}

/** True when both hold the same variables. */
export function isSameEnv(a: Env, b: Env): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}
