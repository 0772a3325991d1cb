import type { Automation } from '../domain/automation.ts';
import type { Bundle } from '../domain/bundle.ts';
import { listsTool } from '../domain/permission.ts';
import type { Tool } from '../domain/ports/tool.ts';

/** The tools of one session by name: what the bundle has, less what the automation leaves out. */
export function sessionTools(
  tools: readonly Tool[],
  bundle: Bundle,
  automation: Automation,
): ReadonlyMap<string, Tool> {
  const useful = tools.filter(({ name }) => listsTool(automation.tools, name) && hasUse(name, bundle, automation));
  return new Map(useful.map((tool) => [tool.name, tool]));
}

/** The connections that this automation may name. */
export function visibleConnections(bundle: Bundle, automation: Pick<Automation, 'connections'>): readonly string[] {
  return [...bundle.connections.keys()].filter((name) => automation.connections?.includes(name) ?? true);
}

/** The skills that this automation may read. */
export function visibleSkills(bundle: Bundle, automation: Pick<Automation, 'skills'>): readonly string[] {
  return [...bundle.skills.keys()].filter((name) => automation.skills?.includes(name) ?? true);
}

/** The sub-agents that this automation may name. */
export function visibleAgents(bundle: Bundle, automation: Pick<Automation, 'agents'>): readonly string[] {
  return [...bundle.agents.keys()].filter((name) => automation.agents?.includes(name) ?? true);
}

function hasUse(tool: string, bundle: Bundle, automation: Automation): boolean {
  if (tool === 'request') return hasConnection(bundle, automation, ['http', 'git']);
  if (tool === 'export') return hasConnection(bundle, automation, ['http']);
  if (tool === 'slack_post') return hasConnection(bundle, automation, ['slack']);
  if (tool === 'email_send') return hasConnection(bundle, automation, ['smtp']);
  if (tool === 'sql_query') return hasConnection(bundle, automation, ['sql']);
  if (tool === 'skill_read') return visibleSkills(bundle, automation).length > 0;
  if (tool.startsWith('memory_')) return automation.memory?.enabled === true;
  if (tool === 'api_drift') return hasStoredSpec(bundle, automation);
  if (tool.startsWith('knowledge_')) return bundle.knowledge.length > 0;
  const custom = bundle.customTools.get(tool);
  return custom?.type !== 'http' || visibleConnections(bundle, automation).includes(custom.connection);
}

function hasConnection(bundle: Bundle, automation: Automation, protocols: readonly string[]): boolean {
  return visibleConnections(bundle, automation).some((name) => {
    const protocol = bundle.connections.get(name)?.protocol;
    return protocol !== undefined && protocols.includes(protocol);
  });
}

function hasStoredSpec(bundle: Bundle, automation: Automation): boolean {
  return visibleConnections(bundle, automation).some((name) => bundle.connections.get(name)?.storedSpec !== undefined);
}
