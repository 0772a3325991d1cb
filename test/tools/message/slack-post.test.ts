import { describe, expect, it } from 'vitest';
import type { Connection } from '../../../src/domain/connection.ts';
import { call, world } from '../../agent/session-world.ts';
import type { StubAnswer } from '../../support/stub-server.ts';
import { slackStub } from './slack-stub.ts';

const TOKEN = 'xoxb-canary-1234567';
const MAY_WRITE = { writeEnabled: true } as const;
const TABLE = {
  title: 'Sales',
  columns: ['region', 'total'],
  rows: [
    ['North', 12],
    ['`South`', 3.5],
  ],
};
const CHART = { title: 'Chart', data: [{ a: 'x', b: 1 }], mark: 'bar', x: 'a', y: 'b', format: 'svg' } as const;

type Options = Partial<Parameters<typeof world>[0]> & {
  readonly other?: (method: string) => StubAnswer | undefined;
  readonly connection?: Partial<Connection>;
};

const post = (input: object) => call('slack_post', { connection: 'team', ...input });

async function posting(input: object, { other, connection = {}, ...options }: Options = {}) {
  const slack = await slackStub(other);
  const team: Partial<Connection> = {
    name: 'team',
    protocol: 'slack',
    baseUrl: `${slack.server.url}/api`,
    writeAuth: { type: 'bearer', token: 'env:SLACK' },
    recipients: ['#reports', 'C0REPORTS'],
    ...connection,
  };
  const made = world({
    connections: [team],
    env: { SLACK: TOKEN },
    automation: MAY_WRITE,
    script: [{ toolCalls: [post(input)] }, { text: 'done' }],
    ...options,
  });
  await made.run();
  return { ...slack, ...made, said: made.results()[0] };
}

describe('slack_post', () => {
  it('posts to a channel that Git lists, and leaves intent and outcome', async () => {
    const { messages, server, said, writes, audit } = await posting({
      channel: '#reports',
      text: 'all <good> & <!channel>',
    });
    expect(said?.value).toEqual({ posted: true, channel: 'C0GENERAL', ts: '1700000000.000100' });
    expect(messages).toEqual([
      {
        channel: '#reports',
        text: 'all &lt;good&gt; &amp; &lt;!channel&gt;',
        unfurl_links: false,
        unfurl_media: false,
      },
    ]);
    expect(server.requests[0]?.headers).toMatchObject({
      authorization: `Bearer ${TOKEN}`,
      'idempotency-key': 'run_1.1.1',
    });
    expect(writes).toMatchObject([{ operation: 'team:slack_post #reports', outcome: { result: 'applied' } }]);
    expect(audit.map(({ action }) => action)).toEqual(expect.arrayContaining(['write.intent', 'write.outcome']));
  });

  it('shows a table in letters of one width', async () => {
    const { messages } = await posting({ channel: '#reports', text: 'Numbers', table: TABLE });
    expect(messages[0]?.text).toBe(
      "Numbers\n\n*Sales*\n```\nregion   total\n-------  -----\nNorth       12\n'South'    3.5\n```",
    );
  });

  it('shares files and the table as CSV in one message, by the id of the channel', async () => {
    const input = { channel: 'C0REPORTS', text: 'See <these>', table: TABLE, table_as_csv: true };
    const slack = await slackStub();
    const team: Partial<Connection> = {
      name: 'team',
      protocol: 'slack',
      baseUrl: `${slack.server.url}/api`,
      writeAuth: { type: 'bearer', token: TOKEN },
      recipients: ['C0REPORTS'],
    };
    const { run, results } = world({
      connections: [team],
      automation: MAY_WRITE,
      script: [
        { toolCalls: [call('chart', CHART)] },
        ({ messages }) => {
          const id = /fi_\w+/.exec(JSON.stringify(messages))?.[0];
          return { toolCalls: [post({ ...input, files: [id] })] };
        },
        { text: 'done' },
      ],
    });
    await run();
    expect(results().at(-1)?.value).toEqual({ posted: true, channel: 'C0REPORTS', files: ['Sales.csv', 'Chart.svg'] });
    expect(slack.messages).toEqual([
      {
        files: [
          { id: 'F0', title: 'Sales.csv' },
          { id: 'F1', title: 'Chart.svg' },
        ],
        channel_id: 'C0REPORTS',
        initial_comment: expect.stringMatching(/^See &lt;these&gt;/),
      },
    ]);
    expect(slack.uploads.get('F0')).toBe('region,total\r\nNorth,12\r\n`South`,3.5\r\n');
    expect(slack.uploads.get('F1')).toMatch(/^<svg/);
    const sent = slack.server.requests.filter(({ url }) => url.startsWith('/upload/'));
    for (const { headers } of sent) expect(headers.authorization).toBeUndefined();
  });

  it('answers in the thread that started the run', async () => {
    const body = JSON.stringify({ slack_channel: 'C0REPORTS', thread_ts: '1690000000.000200' });
    const input = { send_to_current_thread: true, text: 'Here.' };
    const { messages } = await posting(input, { event: { source: 'webhook', body } });
    expect(messages[0]).toMatchObject({ channel: 'C0REPORTS', thread_ts: '1690000000.000200' });
    const elsewhere = JSON.stringify({ slack_channel: 'C0SECRET', thread_ts: '1690000000.000200' });
    const refused = await posting(input, { event: { source: 'webhook', body: elsewhere } });
    expect(refused.said?.value).toContain('does not list "C0SECRET"');
    const none = await posting(input);
    expect(none.said?.value).toContain('no Slack thread started this run');
    expect([...refused.server.requests, ...none.server.requests]).toEqual([]);
  });
});

describe('slack_post is a write that Git has to name', () => {
  it.each<[string, object, Options, string]>([
    ['in a read-only run', {}, { automation: {} }, 'read-only'],
    ['to a channel that is not listed', { channel: '#general' }, {}, 'does not list "#general"'],
    ['where no channel is listed', {}, { connection: { recipients: undefined } }, 'does not list "#reports"'],
    [
      'that "writes.operations" leaves out',
      {},
      { automation: { ...MAY_WRITE, writes: { operations: ['email_send'] } } },
      'does not name it',
    ],
    [
      'over "writes.maxPerRun"',
      {},
      { automation: { ...MAY_WRITE, writes: { maxPerRun: 0 } } },
      'has made its 0 allowed writes',
    ],
    [
      'that "tools" leaves out',
      {},
      { automation: { ...MAY_WRITE, tools: ['chart'] } },
      'there is no tool "slack_post"',
    ],
    [
      'of a connection that "connections" leaves out',
      {},
      { automation: { ...MAY_WRITE, connections: [] } },
      'there is no tool "slack_post"',
    ],
    ['with a secret in it', { text: `token ${TOKEN}` }, {}, 'the value of a secret'],
    [
      'with a file of another run',
      { channel: 'C0REPORTS', files: ['fi_other'] },
      {},
      'this run has no file "fi_other"',
    ],
    ['without a channel', { channel: undefined }, {}, 'name a "channel"'],
  ])('%s', async (_, input, options, why) => {
    const { server, said } = await posting({ channel: '#reports', text: 'hello', ...input }, options);
    expect(said).toMatchObject({ isError: true, value: expect.stringContaining(why) });
    expect(server.requests).toEqual([]);
  });

  it('and never resolves its token in a read-only run', async () => {
    const { said } = await posting({ channel: '#reports', text: 'x' }, { automation: {}, env: {} });
    expect(said?.value).toContain('read-only');
  });

  it('is counted, also when Slack refuses', async () => {
    const other = () => ({ body: '{"ok":false,"error":"channel_not_found"}' });
    const automation = { ...MAY_WRITE, writes: { maxPerRun: 1 } };
    const script = [{ toolCalls: [1, 2].map((n) => post({ channel: '#reports', text: `${n}` })) }, { text: 'done' }];
    const { results, writes } = await posting({}, { other, automation, script });
    expect(results().map(({ value }) => value)).toEqual([
      'Slack refused: channel_not_found',
      expect.stringContaining('has made its 1 allowed writes'),
    ]);
    expect(writes).toMatchObject([{ outcome: { result: 'not_applied' } }]);
  });

  it('says "unknown" of a post whose answer is lost, and "not applied" of a limit', async () => {
    const input = { channel: '#reports', text: 'x' };
    const lost = await posting(input, { other: () => ({ status: 502, body: 'bad gateway' }) });
    expect(lost.writes).toMatchObject([{ outcome: { result: 'unknown', status: 502 } }]);
    const limited = await posting(input, { other: () => ({ status: 429 }) });
    expect(limited.writes).toMatchObject([{ outcome: { result: 'not_applied', status: 429 } }]);
  });

  it('brings no file to a place that Slack does not own, and posts nothing then', async () => {
    const input = { channel: 'C0REPORTS', text: 'x', table: TABLE, table_as_csv: true };
    const evil = await slackStub();
    const answer = JSON.stringify({ ok: true, upload_url: `${evil.server.url}/upload/F9`, file_id: 'F9' });
    const other = (method: string) => (method.startsWith('files.get') ? { body: answer } : undefined);
    const { said, messages } = await posting(input, { other });
    expect(said?.value).toContain('named no place for the file that can be trusted');
    expect([...evil.server.requests, ...messages]).toEqual([]);
    const named = await posting({ ...input, channel: '#reports' });
    expect(named.said?.value).toContain('files go to a channel by its id');
    expect(named.server.requests).toEqual([]);
  });
});
