import { afterEach, describe, expect, it } from 'vitest';
import { createAgent, type Runtime } from '../../src/runtime/index.ts';
import { tempDir, writeFiles } from '../support/temp-dir.ts';

const FILES = {
  'automations/receipts.json': {
    mode: 'conversation',
    prompt: 'Write a receipt for the order of {{ params.message }}.',
  },
  'automations/receipts.script.json': {
    turns: [
      { toolCalls: [{ tool: 'file_read', input: { id: '{{ event.inputs.attachments[0] or event.earlier[2:] }}' } }] },
      { toolCalls: [{ tool: 'pdf', input: { title: 'Order Receipt', sections: [{ text: '{{ results[0] }}' }] } }] },
      { text: 'Read: {{ results[0] }} Earlier: {{ history | length }}' },
    ],
  },
  'automations/job.json': { prompt: 'Do it for {{ params.region }}.', webhook: { respond: 'caller' } },
  'automations/sum.json': { prompt: 'First line.\nOne more: {{ params.count + 1 }}.', webhook: { respond: 'wait' } },
  'automations/job.script.json': { turns: [{ text: '{{ task }}' }] },
};

const running: Runtime[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((agent) => agent.stop()));
});

async function world() {
  const dir = tempDir();
  writeFiles(dir, FILES);
  const agent = await createAgent({ dir });
  running.push(agent);
  const { key } = await agent.operations.createKey({ name: 'ci', by: 'test' });
  const headers = { authorization: `Bearer ${key}` };
  const call = async (name: string, body: object, query = '') => {
    const init = { method: 'POST', body: JSON.stringify(body), headers };
    const response = await fetch(`${agent.url}/api/agents/webhook/${name}${query}`, init);
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  return { agent, headers, call };
}

describe('an automation called as an API', () => {
  it('reads the file that its caller uploaded, and answers with the file that it made', async () => {
    const { agent, headers, call } = await world();
    const form = new FormData();
    form.append('file', new Blob(['order 4421: 3 chairs'], { type: 'text/plain' }), 'order.txt');
    const uploaded = await fetch(`${agent.url}/api/files`, { method: 'POST', body: form, headers });
    const { id } = (await uploaded.json()) as { id: string };
    const asked = { message: 'Acme', inputs: { attachments: [id] } };
    const { status, body } = await call('receipts', asked);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      success: true,
      agent_id: 'receipts',
      response: 'Read: order 4421: 3 chairs Earlier: 0',
    });
    const [file] = body.files as { file_url: string; filename: string; size_bytes: number; kind: string }[];
    expect(file).toMatchObject({ filename: 'Order Receipt.pdf', kind: 'document' });
    const pdf = Buffer.from(await (await fetch(file?.file_url ?? '')).arrayBuffer());
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
    expect(pdf.length).toBe(file?.size_bytes);
    expect((await fetch(`${file?.file_url}0`)).status).toBe(403);

    // The id without its prefix is no id of an upload: what is read came with the turn before.
    const next = { message: 'Acme', earlier: `::${id}`, session_id: body.session_id };
    const again = await call('receipts', next);
    expect(again.body).toMatchObject({
      response: 'Read: order 4421: 3 chairs Earlier: 2',
      session_id: body.session_id,
    });
    expect(again.body.files).toHaveLength(1);
    const alone = await call('receipts', { ...next, session_id: undefined });
    expect(alone.body.response).not.toContain('chairs');
    const record = await fetch(`${agent.url}/api/sessions/${body.session_id}/messages`, { headers });
    expect(await record.json()).toMatchObject({
      count: 4,
      messages: [{ content: 'Acme' }, { files: [{ filename: 'Order Receipt.pdf' }] }, {}, {}],
    });
  });

  it('runs a workflow whose record its caller reads, also as it grows', async () => {
    const { agent, headers, call } = await world();
    const { status, body } = await call('job', {}, '?region=eu');
    expect([status, body.status]).toEqual([202, 'queued']);
    const stream = await (await fetch(`${agent.url}/api/runs/${body.run_id}/stream`, { headers })).text();
    expect([...stream.matchAll(/^event: (.*)$/gm)].map(([, type]) => type)).toEqual([
      'run.queued',
      'run.started',
      'prompt',
      'agent.message',
      'usage',
      'session.status_closed',
      'end',
    ]);
    const events = await fetch(`${agent.url}/api/runs/${body.run_id}/events?event_type=agent.message`, { headers });
    expect(await events.json()).toMatchObject({
      count: 1,
      events: [{ content: { text: expect.stringContaining('for eu.') } }],
    });
    const waited = await call('job', { region: 'us', wait: true });
    expect(waited.body).toMatchObject({ phase: 'Complete', response: expect.stringContaining('for us.') });
  });

  it('fails before any model is called where its prompt cannot be rendered, and shows the prompt as it stood', async () => {
    const { agent, headers, call } = await world();
    const { body } = await call('sum', { count: 'seven' });
    expect(body).toMatchObject({ phase: 'Error', status: 'failed', reason: 'template_error', response: null });
    expect(body.error).toMatch(/^automations\/sum\.json prompt:2:\d+: /);
    const events = await (await fetch(`${agent.url}/api/runs/${body.run}/events`, { headers })).json();
    const types = (events as { events: { type: string }[] }).events.map(({ type }) => type);
    expect(types).toEqual(['run.queued', 'run.started', 'prompt', 'session.status_closed']);
    expect(events).toMatchObject({
      events: [{}, {}, { content: { prompt: FILES['automations/sum.json'].prompt } }, {}],
    });
    const run = await agent.operations.showRun(String(body.run));
    expect(run).toMatchObject({ steps: 0, usage: { totalTokens: 0 }, event: '{"count":"seven"}' });
  });
});
