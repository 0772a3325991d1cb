import { openDatabase } from '../../src/db/index.ts';
import type { Bundle } from '../../src/domain/bundle.ts';
import { NO_FAULTS } from '../../src/domain/ports/faults.ts';
import type { ToolContext, ToolResult } from '../../src/domain/ports/tool.ts';
import { createHttpClient } from '../../src/net/index.ts';
import { createTools } from '../../src/tools/index.ts';
import { testAutomation } from '../agent/session-world.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { tempDir } from '../support/temp-dir.ts';

const tools = createTools({ http: createHttpClient() });

/** The tools of a bundle, called past the gate: what they do once they are allowed to. */
export async function toolWorld(bundle: Bundle, change: Partial<ToolContext> = {}) {
  const clock = new FakeClock();
  const documents = await openDatabase({ stateDir: tempDir(), faults: NO_FAULTS, newId: (prefix) => `${prefix}_1` });
  const context: ToolContext = {
    run: 'run_1',
    automation: testAutomation(),
    bundle,
    documents,
    untrusted: false,
    now: () => clock.now(),
    signal: new AbortController().signal,
    ...change,
  };
  const use = async (name: string, input: unknown): Promise<ToolResult & { readonly value: unknown }> => {
    const tool = tools(bundle).find((one) => one.name === name);
    if (!tool) throw new Error(`no tool ${name}`);
    const result = await tool.run(input, context);
    return { ...result, value: parsed(result.text) };
  };
  return { clock, documents, use, tools: tools(bundle) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
