import type { Bundle } from '../domain/bundle.ts';
import type { Clock } from '../domain/ports/clock.ts';
import type { Database } from '../domain/ports/database.ts';
import type { Git } from '../domain/ports/git.ts';

/** Names of changed automations in one audit record at most. */
const MAX_NAMES = 50;

export interface RecordBundlePorts {
  readonly database: Pick<Database, 'appendAudit' | 'lastBundleLoaded'>;
  readonly git: Git;
  readonly clock: Clock;
}

/** Why it is loaded: at a start, for one command, or because its files changed (then with what was in force before). */
export type BundleCause =
  | { readonly type: 'dev' | 'start' | 'command' }
  | { readonly type: 'reload'; readonly previous: Bundle };

/** Puts a bundle into the audit trail before it is in force; a short command only one that differs from the last. */
export async function recordBundle(ports: RecordBundlePorts, bundle: Bundle, cause: BundleCause): Promise<void> {
  const { database, git, clock } = ports;
  const { commit, dirty } = await git.describe(bundle.dir);
  if (cause.type === 'command') {
    const last = await database.lastBundleLoaded();
    if (last?.details.hash === bundle.hash && last.commit === commit && last.details.dirty === dirty) return;
  }
  const { name, version } = bundle.settings;
  const size = { automations: bundle.automations.size, broken: bundle.broken.size };
  const changed = cause.type === 'reload' ? { changed: changedNames(cause.previous, bundle) } : {};
  const details = { cause: cause.type, name, version, hash: bundle.hash, dirty, ...size, ...changed };
  await database.appendAudit({ action: 'bundle.loaded', actor: 'runtime', commit, details }, clock.now());
}

/** Automations that are new, gone or different. */
function changedNames(before: Bundle, after: Bundle): readonly string[] {
  const names = [...new Set([...before.automations.keys(), ...after.automations.keys()])];
  const hashIn = (bundle: Bundle, name: string) => bundle.automations.get(name)?.fileHash;
  return names.filter((name) => hashIn(before, name) !== hashIn(after, name)).slice(0, MAX_NAMES);
}
