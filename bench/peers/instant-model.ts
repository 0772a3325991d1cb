import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

const TOOL_CALLS = 3;

/** A chat-completions model that answers at once: three tool calls, one a step, then a text; also the API that they call. */
const server = createServer(async (request, response) => {
  const text = await bodyOf(request);
  const answer = request.url?.endsWith('/chat/completions') ? complete(text) : '{"ok":true}';
  response
    .writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(answer) })
    .end(answer);
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
});

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function complete(text: string): string {
  const answered = (text.match(/"role":"tool"/g) ?? []).length;
  const message =
    answered < TOOL_CALLS
      ? { role: 'assistant', content: null, tool_calls: [toolCall(answered)] }
      : { role: 'assistant', content: 'All three items were read and nothing needs attention.' };
  return JSON.stringify({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1,
    model: 'instant',
    choices: [{ index: 0, message, finish_reason: answered < TOOL_CALLS ? 'tool_calls' : 'stop' }],
    usage: { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120 },
  });
}

function toolCall(number: number) {
  const input = { connection: 'items', method: 'GET', endpoint: `/items/${number}` };
  return { id: `call_${number}`, type: 'function', function: { name: 'request', arguments: JSON.stringify(input) } };
}
