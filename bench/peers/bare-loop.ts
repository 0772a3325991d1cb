import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { generateText, jsonSchema, stepCountIs, tool } from 'ai';

/** The floor of a run: the AI SDK's own loop with the same model and tool, which keeps nothing and delivers nothing. */
const [base = '', runs = '0', concurrency = '1'] = process.argv.slice(2);
const provider = createOpenAICompatible({ name: 'stub', baseURL: `${base}/v1` });
const request = tool({
  description: 'Asks a connection.',
  inputSchema: jsonSchema<{ endpoint: string }>({ type: 'object', properties: { endpoint: { type: 'string' } } }),
  execute: async ({ endpoint }) => (await fetch(`${base}${endpoint}`)).text(),
});
const once = () =>
  generateText({
    model: provider('instant'),
    system: 'You look after items.',
    prompt: 'Read the items.',
    tools: { request },
    stopWhen: stepCountIs(10),
  });

async function many(count: number): Promise<void> {
  let left = count;
  const worker = async () => {
    while (left > 0) {
      left -= 1;
      await once();
    }
  };
  await Promise.all(Array.from({ length: Number(concurrency) }, worker));
}

await many(Number(runs));
const before = process.cpuUsage();
await many(Number(runs));
const { user, system } = process.cpuUsage(before);
process.stdout.write(`${(user + system) / 1000 / Number(runs)}\n`);
