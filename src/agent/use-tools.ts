import type { Message, ModelToolCall } from '../domain/ports/model.ts';
import type { Session, Speaker } from './session.ts';
import { MAX_CALLS_PER_STEP, type UsedTool, useTool } from './use-tool.ts';

const CALLS_AT_ONCE = 8;

type Results = Extract<Message, { role: 'tool' }>['results'];

export interface StepCalls {
  readonly calls: readonly ModelToolCall[];
  readonly step: number;
}

/** The calls of one step, side by side; each call is answered exactly once, in the order in which they were asked. */
export async function useTools(session: Session, speaker: Speaker, { calls, step }: StepCalls): Promise<Results> {
  const by = speaker.agent === undefined ? {} : { agent: speaker.agent };
  const keyed = calls.map((call, index) => ({ call, key: `${step}.${index + 1}`, over: index >= MAX_CALLS_PER_STEP }));
  await session.record(
    ...keyed.map(({ call, key }) => {
      return { type: 'tool.call', content: { step, ...by, call: key, tool: call.name, input: call.input } } as const;
    }),
  );
  session.counters.toolCalls += calls.length;
  const used = await pooled(keyed, (one) => useTool(session, speaker, one));
  await session.record(...used.map(({ line }) => ({ ...line, content: { step, ...by, ...line.content } })));
  return used.map(({ result }) => result);
}

async function pooled<T>(items: readonly T[], work: (item: T) => Promise<UsedTool>): Promise<readonly UsedTool[]> {
  const results: UsedTool[] = [];
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < items.length; index = next++) {
      const item = items[index];
      if (item !== undefined) results[index] = await work(item);
    }
  };
  await Promise.all(Array.from({ length: CALLS_AT_ONCE }, worker));
  return results;
}
