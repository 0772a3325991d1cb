import { createHmac } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { createAgent, type Runtime } from '../../src/runtime/index.ts';
import { type StubAnswer, type StubRequest, stubServer } from '../support/stub-server.ts';
import { tempDir, writeFiles } from '../support/temp-dir.ts';

const SIGNING_SECRET = '8f742231b10e8888abcd99yyyzzz85a5';
const BOT_TOKEN = 'xoxb-0123456789-abcdefghij';

const running: Runtime[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((agent) => agent.stop()));
});

const FILES = {
  'automations/desk.json': {
    mode: 'conversation',
    prompt: 'Answer what was asked.',
    webhookAuth: { type: 'slack', secret: 'env:SLACK_SIGNING_SECRET' },
    webhook: { events: ['app_mention'] },
    delivery: {
      targets: [
        { type: 'slack', channel: '#desk', token: 'env:SLACK_BOT_TOKEN', apiUrl: 'env:CHAT_API', thread: 'event' },
      ],
    },
  },
  'automations/desk.script.json': {
    turns: [{ text: 'You said {{ event.event.text }}; before:{% for one in history %} {{ one.role }}{% endfor %}' }],
  },
  'automations/alerted.json': {
    trigger: 'webhook',
    prompt: '{{ params.metric }} moved by {{ params.magnitude }}.',
    delivery: {
      targets: [
        { type: 'slack', channel: '#alerts', token: 'env:SLACK_BOT_TOKEN', apiUrl: 'env:CHAT_API', thread: 'event' },
      ],
    },
  },
  'automations/alerted.script.json': { turns: [{ text: 'The cause: {{ task }}' }] },
};

interface Posted {
  readonly channel: string;
  readonly text: string;
  readonly thread_ts?: string;
}

/** A running bundle, and the chat service that its bot speaks to. */
async function world(answer: (request: StubRequest) => StubAnswer = () => ({ body: '{"ok":true,"ts":"9.9"}' })) {
  let heard = () => {};
  const chat = await stubServer((request) => {
    setImmediate(() => heard());
    return answer(request);
  });
  const dir = tempDir();
  const env = { SLACK_SIGNING_SECRET: SIGNING_SECRET, SLACK_BOT_TOKEN: BOT_TOKEN, CHAT_API: `${chat.url}/api` };
  const lines = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  writeFiles(dir, {
    ...Object.fromEntries(Object.entries(FILES).map(([path, file]) => [path, JSON.stringify(file)])),
    '.env': lines.join('\n'),
  });
  const agent = await createAgent({ dir });
  running.push(agent);
  /** What the bot has posted, once there are so many messages. */
  const posts = async (count: number): Promise<readonly Posted[]> => {
    while (chat.requests.length < count) {
      await new Promise<void>((resolve) => {
        heard = resolve;
      });
    }
    return chat.requests.map(({ body }) => JSON.parse(body) as Posted);
  };
  return { agent, chat, posts };
}

const mention = (text: string, id: string, place: object = {}) => ({
  type: 'event_callback',
  event_id: id,
  team_id: 'T1',
  event: { type: 'app_mention', user: 'U1', text, channel: 'C1', ts: '1700000000.000100', ...place },
});

/** Posts an event as Slack signs it. */
async function send(agent: Runtime, event: object, secret = SIGNING_SECRET): Promise<Response> {
  const body = JSON.stringify(event);
  const time = Math.floor(Date.now() / 1000);
  const mac = createHmac('sha256', secret).update(`v0:${time}:${body}`).digest('hex');
  return fetch(`${agent.url}/webhooks/desk`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-slack-request-timestamp': String(time),
      'x-slack-signature': `v0=${mac}`,
    },
    body,
  });
}

describe('a mention of the app in Slack', () => {
  it('is answered in its thread, and the next mention there goes on with what was said', async () => {
    const { agent, chat, posts } = await world();
    expect((await send(agent, mention('hello', 'Ev1'))).status).toBe(200);
    expect((await posts(1))[0]).toMatchObject({
      channel: 'C1',
      thread_ts: '1700000000.000100',
      text: 'You said hello; before:',
    });
    expect(chat.requests[0]).toMatchObject({
      method: 'POST',
      url: '/api/chat.postMessage',
      headers: { authorization: `Bearer ${BOT_TOKEN}` },
    });

    const reply = { ts: '1700000050.000200', thread_ts: '1700000000.000100' };
    await send(agent, mention('and now?', 'Ev2', reply));
    expect((await posts(2))[1]).toMatchObject({
      channel: 'C1',
      thread_ts: '1700000000.000100',
      text: 'You said and now?; before: user assistant',
    });

    const [second, first] = await agent.operations.historyOf('desk', { limit: 2 });
    const sessions = [first, second].map(async (run) => (await agent.operations.showRun(run?.id ?? '')).session);
    const [session, same] = await Promise.all(sessions);
    expect(same).toBe(session);
    const headers = { authorization: `Bearer ${agent.token}` };
    const record = await fetch(`${agent.url}/api/sessions/${session}/messages`, { headers });
    expect(await record.json()).toMatchObject({
      messages: [{ content: 'hello' }, { content: 'You said hello; before:' }, { content: 'and now?' }, {}],
    });

    await send(agent, mention('elsewhere', 'Ev3', { ts: '1700000099.000300' }));
    expect((await posts(3))[2]).toMatchObject({ thread_ts: '1700000099.000300', text: 'You said elsewhere; before:' });
  });

  it('is answered once however often Slack sends it, and not at all without its signature', async () => {
    const { agent, posts } = await world();
    expect((await send(agent, mention('forged', 'Ev0'), 'another-secret-of-somebody')).status).toBe(401);
    const sent = [await send(agent, mention('once', 'Ev1')), await send(agent, mention('once', 'Ev1'))];
    const answers = (await Promise.all(sent.map((one) => one.json()))) as { status: string; run: string }[];
    expect(answers.map(({ status }) => status)).toEqual(['accepted', 'duplicate']);
    expect(answers[0]?.run).toBe(answers[1]?.run);
    await posts(1);
    expect((await send(agent, mention('last', 'Ev2', { thread_ts: '1700000000.000100' }))).status).toBe(200);
    expect((await posts(2)).map(({ text }) => text)).toEqual([
      'You said once; before:',
      'You said last; before: user assistant',
    ]);
  });
});

describe('a Slack target of an event that names a thread', () => {
  it.each([
    [{ slack_channel: 'C0XXXXXXX', thread_ts: '1700000000.123456' }, 'C0XXXXXXX', '1700000000.123456'],
    [{ channel: 'C0XXXXXXX', slack_thread_ts: '1700000000.123456' }, 'C0XXXXXXX', '1700000000.123456'],
    [{ slack_channel: 'C0XXXXXXX' }, '#alerts', undefined],
    [{ slack_channel: 'C0XXXXXXX', thread_ts: 'now' }, '#alerts', undefined],
  ])('answers %j in %s', async (place, channel, thread) => {
    const { agent, posts } = await world();
    const { webhookUrl } = await agent.operations.webhookUrlOf('alerted');
    const body = JSON.stringify({ metric: 'pairs', magnitude: '-23%', ...place });
    expect((await fetch(webhookUrl, { method: 'POST', body })).status).toBe(202);
    const [post] = await posts(1);
    expect([post?.channel, post?.thread_ts]).toEqual([channel, thread]);
    expect(post?.text).toContain('The cause: pairs moved by -23%.');
  });
});
