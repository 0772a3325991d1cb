import { type StubAnswer, type StubRequest, type StubServer, stubServer } from '../support/stub-server.ts';

/** What left the process, counted where it arrived. */
export interface Upstreams {
  readonly url: string;
  /** Model requests by the event id that stands in the prompt. */
  readonly modelCalls: Map<string, number>;
  /** Write requests by idempotency key. */
  readonly writes: Map<string, number>;
  /** Result deliveries: run id → delivery id → how often it arrived. */
  readonly results: Map<string, Map<string, number>>;
  readonly alerts: Map<string, number>;
  close(): Promise<void>;
}

/**
 * One real server that plays every upstream: a chat-completions model (one tool call, then an answer), an API with a
 * read and a write, and the receivers of results and alerts.
 */
export async function startUpstreams(): Promise<Upstreams> {
  const modelCalls = new Map<string, number>();
  const writes = new Map<string, number>();
  const results = new Map<string, Map<string, number>>();
  const alerts = new Map<string, number>();
  const server: StubServer = await stubServer((request) => {
    if (request.url.endsWith('/chat/completions')) return answerAsModel(request, modelCalls);
    if (request.url === '/results') return countResult(request, results);
    if (request.url === '/alerts') return count(alerts, header(request, 'idempotency-key'));
    if (request.method === 'POST') return count(writes, header(request, 'idempotency-key'));
    return json({ ok: true, item: request.url });
  });
  return { url: server.url, modelCalls, writes, results, alerts, close: server.close };
}

function answerAsModel(request: StubRequest, calls: Map<string, number>): StubAnswer {
  const body = JSON.parse(request.body) as {
    messages: { role: string; content: unknown; tool_calls?: unknown }[];
    tools?: unknown[];
  };
  const text = JSON.stringify(body.messages);
  const event = /evt-[a-z]+-[a-z0-9.-]+/.exec(text)?.[0] ?? 'cron';
  calls.set(event, (calls.get(event) ?? 0) + 1);
  if (event.startsWith('evt-failing')) return completion({ content: 'no' }, 'content_filter');
  const answered = body.messages.some((message) => message.role === 'tool');
  if (answered) return completion({ content: `handled ${event}` }, 'stop');
  const input = event.startsWith('evt-writer')
    ? { connection: 'ledger', method: 'POST', endpoint: '/entries', data: { event } }
    : { connection: 'ledger', method: 'GET', endpoint: '/items' };
  return completion(
    {
      content: null,
      tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'request', arguments: JSON.stringify(input) } }],
    },
    'tool_calls',
  );
}

function completion(message: Readonly<Record<string, unknown>>, finish: string): StubAnswer {
  return json({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1,
    model: 'stub',
    choices: [{ index: 0, message: { role: 'assistant', ...message }, finish_reason: finish }],
    usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
  });
}

function countResult(request: StubRequest, results: Map<string, Map<string, number>>): StubAnswer {
  const { run } = JSON.parse(request.body) as { run: string };
  const byId = results.get(run) ?? new Map<string, number>();
  results.set(run, byId);
  return count(byId, header(request, 'idempotency-key'));
}

function count(counts: Map<string, number>, key: string): StubAnswer {
  counts.set(key, (counts.get(key) ?? 0) + 1);
  return json({ ok: true });
}

function header(request: StubRequest, name: string): string {
  return String(request.headers[name] ?? 'none');
}

function json(value: unknown): StubAnswer {
  return { headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) };
}
