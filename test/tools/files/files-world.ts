import { createRunFiles } from '../../../src/agent/run-files.ts';
import { openDatabase } from '../../../src/db/index.ts';
import type { Bundle } from '../../../src/domain/bundle.ts';
import { NO_FAULTS } from '../../../src/domain/ports/faults.ts';
import type { Tool, ToolContext, ToolResult } from '../../../src/domain/ports/tool.ts';
import { createHttpClient } from '../../../src/net/index.ts';
import { createTools } from '../../../src/tools/index.ts';
import { testAutomation, testBundle } from '../../agent/session-world.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { tempDir } from '../../support/temp-dir.ts';

/** What a call came to, with the file that it made. */
export interface Made {
  readonly ok: boolean;
  readonly text: string;
  readonly value: { readonly file: { readonly id: string; readonly filename: string } } & Record<string, unknown>;
  readonly bytes: Buffer;
}

const tools = createTools({ http: createHttpClient() });

/** Tools that make files, with real files: effect first, as the gate does, then the tool. */
export async function filesWorld(bundle: Bundle = testBundle(), change: Partial<ToolContext> = {}) {
  const clock = new FakeClock();
  let made = 0;
  const newId = (prefix: string) => `${prefix}_${++made}`;
  const database = await openDatabase({ stateDir: tempDir(), faults: NO_FAULTS, newId });
  const claimed = { run: { id: 'run_1' } } as Parameters<typeof createRunFiles>[1]['claimed'];
  const files = createRunFiles({ files: database, clock }, { claimed });
  const context: ToolContext = {
    run: 'run_1',
    automation: testAutomation(),
    bundle,
    documents: database,
    files,
    untrusted: false,
    now: () => clock.now(),
    signal: new AbortController().signal,
    ...change,
  };
  const use = async (name: string, input: unknown): Promise<Made> => {
    const tool = toolOf(bundle, name);
    const effect = tool.effect(input, context);
    const result: ToolResult = effect.ok ? await tool.run(input, context) : { ok: false, text: effect.reason };
    const value = result.ok ? JSON.parse(result.text) : {};
    const found = value.file ? await files.readFile(value.file.id) : undefined;
    return { ok: result.ok, text: result.text, value, bytes: found?.bytes ?? Buffer.alloc(0) };
  };
  return { clock, database, files, context, use, list: () => database.listRunFiles('run_1', clock.now()) };
}

function toolOf(bundle: Bundle, name: string): Tool {
  const tool = tools(bundle).find((one) => one.name === name);
  if (!tool) throw new Error(`no tool ${name}`);
  return tool;
}
