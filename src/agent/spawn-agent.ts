import { priceMissing } from '../domain/budget.ts';
import type { AgentDefinition } from '../domain/bundle.ts';
import { withoutDataTags } from '../domain/data-block.ts';
import { listsTool } from '../domain/permission.ts';
import type { SpawnRequest, Tool, ToolResult } from '../domain/ports/tool.ts';
import { converse, type Ending } from './converse.ts';
import { narrowRights } from './rights.ts';
import type { Session, Speaker } from './session.ts';
import { visibleAgents } from './session-tools.ts';
import { systemPrompt } from './system-prompt.ts';

/** Runs a sub-agent to its end: own context, at most the parent's rights, the run's budget, no sub-agents of its own. */
export async function spawnAgent(session: Session, parent: Speaker, spawn: SpawnRequest): Promise<ToolResult> {
  const { bundle, automation } = session.request;
  const known = visibleAgents(bundle, automation);
  if (spawn.agent !== undefined && !known.includes(spawn.agent)) {
    return {
      ok: false,
      text: `there is no agent "${spawn.agent}"; there are: ${known.join(', ') || 'none'}`,
      sent: false,
    };
  }
  const agent = spawn.agent === undefined ? undefined : bundle.agents.get(spawn.agent);
  const child = childOf(session, parent, { spawn, agent });
  if (priceMissing(automation.budget, (usage) => child.model.price(usage))) {
    const text = `the price of ${child.model.id} is unknown, so the budget in US dollars cannot be held`;
    return { ok: false, text, sent: false };
  }
  return resultOf(await converse(session, child));
}

interface Child {
  readonly spawn: SpawnRequest;
  readonly agent: AgentDefinition | undefined;
}

function childOf(session: Session, parent: Speaker, { spawn, agent }: Child): Speaker {
  const { bundle, automation } = session.request;
  const tools = childTools(parent.tools, agent, spawn);
  const connections = agent?.connections ?? automation.connections;
  const rights = narrowRights(parent.rights, agent, tools.keys());
  const own = { ...automation, connections: rights.connections ?? connections };
  const name = agent?.name ?? 'worker';
  const model = session.ports.models(bundle, { ...automation, model: agent?.model ?? automation.model, agent: name });
  const now = session.ports.clock.now();
  return {
    agent: name,
    model,
    rights,
    tools,
    system: systemPrompt({ bundle, automation: own, agent: agent ?? 'worker', now, tools }),
    prompt: withoutDataTags(`${spawn.task}\n\n${spawn.prompt}`),
  };
}

function childTools(
  parent: ReadonlyMap<string, Tool>,
  agent: AgentDefinition | undefined,
  { tools }: SpawnRequest,
): ReadonlyMap<string, Tool> {
  const kept = [...parent].filter(
    ([name]) => name !== 'dispatch' && listsTool(agent?.tools, name) && listsTool(tools, name),
  );
  return new Map(kept);
}

function resultOf(ending: Ending): ToolResult {
  if (ending.type === 'answer') return { ok: true, text: ending.text };
  const partial = ending.partial ? `\nSo far: ${ending.partial}` : '';
  return { ok: false, text: `the sub-agent ended without an answer (${ending.reason}): ${ending.error}${partial}` };
}
