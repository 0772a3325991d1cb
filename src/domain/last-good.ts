import type { Automation } from './automation.ts';
import type { Bundle } from './bundle.ts';

/**
 * What a reload puts in force: the new bundle, but a file that broke keeps its last good version (SPEC §2.4). The
 * broken files stay listed with their diagnostics, so that everybody sees it.
 */
export function keepLastGood(previous: Bundle, next: Bundle): Bundle {
  const automations = new Map<string, Automation>(next.automations);
  for (const name of next.broken.keys()) {
    const good = previous.automations.get(name);
    if (good && !automations.has(name)) automations.set(name, good);
  }
  return {
    ...next,
    ...(next.isHeldBack && { settings: previous.settings, isHeldBack: previous.isHeldBack ?? false }),
    automations,
    connections: kept(previous.connections, next.connections, next, 'connections'),
    stores: kept(previous.stores, next.stores, next, 'stores'),
    agents: kept(previous.agents, next.agents, next, 'agents'),
  };
}

/** Adds what the previous bundle had and the next one lost to an error in that thing's own files. */
function kept<T>(
  previous: ReadonlyMap<string, T>,
  next: ReadonlyMap<string, T>,
  bundle: Bundle,
  folder: string,
): ReadonlyMap<string, T> {
  const lost = [...previous].filter(([name]) => !next.has(name) && hasErrorIn(bundle, folder, name));
  return lost.length === 0 ? next : new Map([...next, ...lost]);
}

function hasErrorIn(bundle: Bundle, folder: string, name: string): boolean {
  const starts = [`${folder}/${name}/`, `${folder}/${name}.`];
  return bundle.diagnostics.some(
    ({ severity, file }) =>
      severity === 'error' && starts.some((start) => file.replace(/^amodal\//, '').startsWith(start)),
  );
}
