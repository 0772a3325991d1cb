import type { StepRequest, ToolResult } from '../domain/ports/tool.ts';
import type { Session, Speaker } from './session.ts';
import { useTool } from './use-tool.ts';

/**
 * A step of a chain: whoever may call the chain may take its steps, and each of them is judged, counted and recorded
 * like a call of its own. `key` is that of the chain's call.
 */
export async function takeStep(
  session: Session,
  speaker: Speaker,
  { key, step, tool, input }: StepRequest & { readonly key: string },
): Promise<ToolResult> {
  const by = speaker.agent === undefined ? {} : { agent: speaker.agent };
  const call = `${key}.${step}`;
  const known = session.tools.get(tool);
  const { tools } = speaker.rights;
  const taker: Speaker = {
    ...speaker,
    tools: new Map(known ? [[tool, known]] : []),
    rights: { ...speaker.rights, ...(tools ? { tools: [...tools, tool] } : {}) },
  };
  await session.record({ type: 'tool.call', content: { ...by, call, tool, input } });
  session.counters.toolCalls += 1;
  const { line, outcome } = await useTool(session, taker, {
    call: { id: call, name: tool, input },
    key: call,
    over: false,
  });
  await session.record({ ...line, content: { ...by, ...line.content } });
  return outcome;
}
