import type { Automation } from '../domain/automation.ts';
import type { AgentDefinition, Bundle } from '../domain/bundle.ts';
import type { Rights } from '../domain/permission.ts';

/** What the files of the pinned bundle allow a run of this automation. */
export function rightsOf(bundle: Bundle, automation: Automation): Rights {
  return {
    writeEnabled: automation.writeEnabled === true,
    writes: automation.writes,
    connections: automation.connections,
    tools: automation.tools,
    allowEgress: automation.allowEgress,
    connectionOf: (name) => bundle.connections.get(name),
    storeWritable: (name) => bundle.stores.get(name)?.automationWritable,
    ...(automation.memory?.enabled ? { notesWritable: automation.memory.automationWritable } : {}),
  };
}

/** A sub-agent's rights: those of its parent, narrowed by its file and by the tools it was given; never more. */
export function narrowRights(parent: Rights, agent: AgentDefinition | undefined, tools: Iterable<string>): Rights {
  const connections = agent?.connections?.filter((name) => parent.connections?.includes(name) ?? true);
  return { ...parent, tools: [...tools], connections: connections ?? parent.connections };
}
