import type { Automation } from './automation.ts';
import type { Narrowing } from './bundle.ts';
import { listsTool } from './permission.ts';

type Lists = Pick<Automation, 'tools' | 'connections' | 'skills' | 'agents'>;

/** An automation as a run on untrusted input gets it: of each list only what the bundle's `webhookRuns` has as well. */
export function narrowWebhookRun<Narrowed extends Lists>(automation: Narrowed, most: Narrowing | undefined): Narrowed {
  if (!most) return automation;
  return {
    ...automation,
    tools: common(automation.tools, most.tools),
    connections: common(automation.connections, most.connections),
    skills: common(automation.skills, most.skills),
    agents: common(automation.agents, most.agents),
  };
}

/** Names that both lists have; in lists of tools `name_*` has all that begin so. */
function common(
  own: readonly string[] | undefined,
  most: readonly string[] | undefined,
): readonly string[] | undefined {
  if (!own || !most) return own ?? most;
  const kept = [...own.filter((name) => listsTool(most, name)), ...most.filter((name) => listsTool(own, name))];
  return [...new Set(kept)];
}
