import type { Change } from '../drift-job.ts';

/** Differences as they are found. */
export interface Changes {
  readonly added: Change[];
  readonly removed: Change[];
  readonly changed: Change[];
}

/** How a difference is told: what has happened, and whether it can break a caller. */
export interface Tell {
  added(at: string, what: string, breaking?: 'breaking'): void;
  removed(at: string, what: string, breaking?: 'breaking'): void;
  changed(at: string, what: string, breaking?: 'breaking'): void;
}

/** Names and texts of a description may be of any length. */
const MAX_CHARACTERS = 300;

/** Collects differences; the same one is told once. */
export function collectChanges(): { readonly changes: Changes; readonly tell: Tell } {
  const changes: Changes = { added: [], removed: [], changed: [] };
  const seen = new Set<string>();
  const into = (kind: keyof Changes) => (subject: string, words: string, breaking?: 'breaking') => {
    const [at, what] = [subject.slice(0, MAX_CHARACTERS), words.slice(0, MAX_CHARACTERS)];
    const key = `${kind}\n${at}\n${what}`;
    if (seen.has(key)) return;
    seen.add(key);
    changes[kind].push({ at, what, breaking: breaking !== undefined });
  };
  return { changes, tell: { added: into('added'), removed: into('removed'), changed: into('changed') } };
}
