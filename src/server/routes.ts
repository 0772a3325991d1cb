type Method = 'get' | 'post';

/** One route as `/api/openapi.json` and the 405 answers know it; `{x}` stands for one segment. */
export interface RouteDescription {
  readonly method: Method;
  readonly path: string;
  readonly summary: string;
  readonly query?: readonly string[];
  /** Fields of the JSON body, all optional. */
  readonly body?: Readonly<Record<string, 'string' | 'number' | 'any'>>;
  readonly status?: number;
  readonly produces?: string;
  /** False for what needs no token; `key` for what takes an access key, `both` for what takes either. */
  readonly token?: false | 'key' | 'both';
}

const PAGE = ['limit'] as const;
const BY = { by: 'string' } as const;
const TRIGGER = { event: 'any', idempotencyKey: 'string', ...BY } as const;

/** Every route of the API; a test compares it with what the app serves. */
export const ROUTES: readonly RouteDescription[] = [
  { method: 'get', path: '/healthz', summary: 'The process answers', token: false },
  { method: 'get', path: '/readyz', summary: 'The state can be written and every service lives', token: false },
  { method: 'get', path: '/metrics', summary: 'Prometheus metrics', produces: 'text/plain' },
  { method: 'get', path: '/api/openapi.json', summary: 'This description' },
  { method: 'get', path: '/api/health', summary: 'Version, bundle, queue and dead letters' },
  { method: 'get', path: '/api/diagnostics', summary: 'Every finding about the files in force' },
  { method: 'get', path: '/api/automations', summary: 'Every automation' },
  { method: 'get', path: '/api/automations/{name}', summary: 'One automation with its next fires' },
  {
    method: 'get',
    path: '/api/automations/{name}/runs',
    summary: 'Its runs, newest first',
    query: [...PAGE, 'before'],
  },
  { method: 'post', path: '/api/automations/{name}/trigger', summary: 'Run it now', body: TRIGGER, status: 202 },
  { method: 'post', path: '/api/automations/{name}/preview', summary: 'The prompt of a run', body: { event: 'any' } },
  { method: 'post', path: '/api/automations/{name}/pause', summary: 'Pause it', body: { reason: 'string', ...BY } },
  { method: 'post', path: '/api/automations/{name}/resume', summary: 'Let it run again, from now', body: BY },
  { method: 'get', path: '/api/automations/{name}/memory', summary: 'Its notes' },
  {
    method: 'post',
    path: '/api/automations/{name}/memory',
    summary: 'Write a note',
    body: { key: 'string', text: 'string', ...BY },
  },
  {
    method: 'post',
    path: '/api/automations/{name}/memory/delete',
    summary: 'Remove a note',
    body: { key: 'string', ...BY },
  },
  { method: 'get', path: '/api/automations/{name}/url', summary: 'Its webhook URLs' },
  {
    method: 'post',
    path: '/api/automations/{name}/rotate',
    summary: 'New webhook URLs',
    body: { graceSeconds: 'number', ...BY },
  },
  {
    method: 'post',
    path: '/api/agents/webhook/{name}',
    summary: 'Call an automation; the answer depends on its mode',
    body: { session_id: 'string', wait: 'any', files: 'any', 'Idempotency-Key': 'string' },
    status: 202,
    token: 'key',
  },
  {
    method: 'get',
    path: '/api/sessions/{id}/messages',
    summary: 'What was said in a conversation',
    query: PAGE,
    token: 'both',
  },
  { method: 'post', path: '/api/files', summary: 'Upload files (multipart)', status: 201, token: 'both' },
  {
    method: 'get',
    path: '/api/files/{id}',
    summary: 'A file; by a signed link without a token',
    query: ['expires', 'signature'],
    produces: 'application/octet-stream',
    token: 'both',
  },
  { method: 'get', path: '/api/keys', summary: 'Every access key, never the key itself' },
  {
    method: 'post',
    path: '/api/keys',
    summary: 'Make an access key',
    body: { name: 'string', automation: 'string', expiresSeconds: 'number', ...BY },
    status: 201,
  },
  { method: 'post', path: '/api/keys/{key}/revoke', summary: 'Close an access key for good', body: BY },
  { method: 'get', path: '/api/runs/{id}', summary: 'One run whole', token: 'both' },
  {
    method: 'get',
    path: '/api/runs/{id}/events',
    summary: 'Its record',
    query: [...PAGE, 'after', 'event_type'],
    token: 'both',
  },
  {
    method: 'get',
    path: '/api/runs/{id}/stream',
    summary: 'Its record as it grows, from Last-Event-ID on',
    query: ['after'],
    produces: 'text/event-stream',
    token: 'both',
  },
  { method: 'post', path: '/api/runs/{id}/cancel', summary: 'Stop it', body: BY },
  {
    method: 'post',
    path: '/api/runs/{id}/replay',
    summary: 'Run it again: mode live, safe or offline',
    body: { mode: 'string', ...BY },
    status: 202,
  },
  {
    method: 'get',
    path: '/api/deliveries',
    summary: 'Results and alerts on their way',
    query: [...PAGE, 'automation', 'run', 'status'],
  },
  { method: 'post', path: '/api/deliveries/{id}/redrive', summary: 'Send a dead letter again', body: BY },
  { method: 'get', path: '/api/webhooks', summary: 'Every webhook and what came of its requests' },
  {
    method: 'get',
    path: '/api/webhooks/rejected',
    summary: 'Requests that started nothing, newest first',
    query: [...PAGE, 'automation', 'status', 'since'],
  },
  { method: 'get', path: '/api/webhooks/rejected/{id}', summary: 'One of them, redacted, and what was expected' },
  {
    method: 'post',
    path: '/api/webhooks/redeliver',
    summary: 'Verify them again and run what passes, each once',
    body: { ids: 'any', automation: 'string', since: 'string', ...BY },
  },
  {
    method: 'post',
    path: '/api/webhooks/{name}/test',
    summary: 'Sign a sample as the sender would and post it',
    body: { event: 'any', privateKey: 'string', ...BY },
  },
  { method: 'post', path: '/api/doctor', summary: 'Check that every hook listens; starts no run' },
  { method: 'get', path: '/api/stores', summary: 'Every store' },
  { method: 'get', path: '/api/stores/{store}/documents', summary: 'What a store holds', query: PAGE },
  {
    method: 'get',
    path: '/api/audit',
    summary: 'The newest records of the audit trail, or those after one; oldest first',
    query: [...PAGE, 'after', 'run'],
  },
  {
    method: 'get',
    path: '/api/audit/verify',
    summary: 'Recompute its chain of hashes; expect = seq:hash of a record noted before',
    query: ['expect'],
  },
  {
    method: 'get',
    path: '/api/audit/export',
    summary: 'The whole audit trail, a JSON object a line',
    query: ['after'],
    produces: 'application/x-ndjson',
  },
  { method: 'get', path: '/api/spend', summary: 'What model calls cost, and 30-day budgets', query: ['by', 'days'] },
  { method: 'get', path: '/api/ledger/verify', summary: 'Prove every scheduled instant', query: ['days'] },
  { method: 'get', path: '/automations', summary: 'Every automation (older clients)' },
  { method: 'post', path: '/automations/{name}/start', summary: 'Resume (older clients)', body: BY },
  { method: 'post', path: '/automations/{name}/stop', summary: 'Pause (older clients)', body: BY },
  {
    method: 'post',
    path: '/automations/{name}/run',
    summary: 'Run it now (older clients)',
    body: TRIGGER,
    status: 202,
  },
];

const PATTERNS = ROUTES.map(({ method, path }) => ({
  method,
  pattern: new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`),
}));

/** The methods that are served at a path, upper case; GET brings HEAD. */
export function methodsOf(path: string): readonly string[] {
  const methods = PATTERNS.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method);
  return [...new Set(methods)].flatMap((method) => (method === 'get' ? ['GET', 'HEAD'] : ['POST']));
}
