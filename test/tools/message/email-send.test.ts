import { describe, expect, it } from 'vitest';
import type { Connection } from '../../../src/domain/connection.ts';
import { call, world } from '../../agent/session-world.ts';
import { freePort } from '../../support/free-port.ts';
import { type ReceivedMail, type SmtpScript, smtpStub } from '../../support/smtp-server.ts';

const MAY_WRITE = { writeEnabled: true } as const;
const TABLE = {
  title: 'Sales',
  columns: ['region', 'total'],
  rows: [
    ['North & <b>', 12],
    ['South', null],
  ],
};
const CHART = { title: 'Chart', data: [{ a: 'x', b: 1 }], mark: 'bar', x: 'a', y: 'b' } as const;

type Options = Partial<Parameters<typeof world>[0]> & {
  readonly smtp?: SmtpScript;
  readonly connection?: Partial<Connection>;
};

const mail = (input: object) =>
  call('email_send', { connection: 'mail', to: ['ada@acme.test'], subject: 'Report', text: 'Hello.', ...input });

async function mailing(input: object, { smtp, connection = {}, ...options }: Options = {}) {
  const server = await smtpStub(smtp);
  const made = world({
    connections: [
      {
        name: 'mail',
        protocol: 'smtp',
        spec: { protocol: 'smtp', host: '127.0.0.1', port: server.port, from: 'reports@acme.test' },
        writeAuth: { type: 'basic', username: 'bot', password: 'env:SMTP_PASSWORD' },
        recipients: ['ada@acme.test', '*@team.test'],
        ...connection,
      },
    ],
    env: { SMTP_PASSWORD: 'canary-1234567' },
    automation: MAY_WRITE,
    script: [{ toolCalls: [mail(input)] }, { text: 'done' }],
    ...options,
  });
  await made.run();
  return { ...made, server, said: made.results().at(-1) };
}

describe('email_send', () => {
  it('sends a mail in plain and in HTML to addresses that Git lists, and leaves intent and outcome', async () => {
    const { server, said, writes } = await mailing({
      to: ['Ada@acme.test', 'bob@team.test'],
      text: '# Week 7\n\nSales **rose** <b> & more\n\n- one',
    });
    expect(said?.value).toEqual({ sent: true, to: ['Ada@acme.test', 'bob@team.test'], files: [] });
    const [received] = server.mails;
    expect(received).toMatchObject({ from: 'reports@acme.test', to: ['Ada@acme.test', 'bob@team.test'] });
    const { head, parts } = readMail(received);
    expect(head).toMatch(/^Subject: Report\r$/m);
    expect(head).toMatch(/^Message-ID: <run_1\.1\.1@amodal\.invalid>\r$/m);
    expect(parts.map(({ type }) => type)).toEqual(['text/plain', 'text/html']);
    expect(parts[0]?.text).toContain('Sales **rose** <b>');
    expect(parts[1]?.text).toContain('<h1>Week 7</h1>');
    expect(parts[1]?.text).toContain('<strong>rose</strong> &lt;b&gt; &amp; more');
    expect(server.commands.find((command) => command.startsWith('AUTH'))).toBe(
      `AUTH PLAIN ${Buffer.from('\0bot\0canary-1234567').toString('base64')}`,
    );
    expect(writes).toMatchObject([
      { operation: 'mail:email_send Ada@acme.test, bob@team.test', outcome: { result: 'applied' } },
    ]);
  });

  it('carries a table, the table as CSV, and a chart that stands in the text', async () => {
    const { server, said } = await mailing(
      {},
      {
        script: [
          { toolCalls: [call('chart', CHART)] },
          ({ messages }) => {
            const id = /fi_\w+/.exec(JSON.stringify(messages))?.[0];
            return { toolCalls: [mail({ table: TABLE, table_as_csv: true, files: [id] })] };
          },
          { text: 'done' },
        ],
      },
    );
    expect(said?.value).toMatchObject({ sent: true, files: ['Sales.csv', 'Chart.png'] });
    const { parts } = readMail(server.mails[0]);
    expect(parts.map(({ type }) => type)).toEqual(['text/plain', 'text/html', 'image/png', 'text/csv']);
    const [plain, html, png, csv] = parts;
    expect(plain?.text).toContain('North & <b>     12');
    expect(html?.text).toMatch(/<td[^>]*>North &amp; &lt;b&gt;<\/td><td[^>]*>12<\/td>/);
    expect(csv?.text).toBe('region,total\r\nNorth & <b>,12\r\nSouth,\r\n');
    expect(png?.bytes.subarray(1, 4).toString()).toBe('PNG');
    const cid = /Content-ID: <([^>]+)>/i.exec(png?.head ?? '')?.[1] ?? 'none';
    expect(html?.text).toContain(`<img src="cid:${cid}" alt="Chart.png"`);
  });

  it('cannot be given another header or recipient by what it carries', async () => {
    const { server } = await mailing({
      subject: 'Hi\r\nBcc: evil@evil.test',
      text: 'x\r\n.\r\nRCPT TO:<evil@evil.test>\r\n![x](https://evil.test/p.png)',
    });
    expect(server.mails).toHaveLength(1);
    expect(server.mails[0]?.to).toEqual(['ada@acme.test']);
    const { head, parts } = readMail(server.mails[0]);
    expect(head).toMatch(/^Subject: Hi Bcc: evil@evil\.test\r$/m);
    expect(head).not.toMatch(/^Bcc:/m);
    expect(parts[1]?.text).not.toContain('<img');
  });
});

describe('email_send is a write that Git has to name', () => {
  it.each<[string, object, Options, string]>([
    ['in a read-only run', {}, { automation: {} }, 'read-only'],
    [
      'to an address that is not listed',
      { to: ['ada@acme.test', 'eve@evil.test'] },
      {},
      'does not list "eve@evil.test"',
    ],
    ['to an address of a domain that only looks so', { to: ['eve@evil.test@team.test'] }, {}, 'is no mail address'],
    ['to a domain below the listed one', { to: ['eve@evil.team.test'] }, {}, 'does not list'],
    ['to a list in one text', { to: ['ada@acme.test, eve@evil.test'] }, {}, 'is no mail address'],
    ['to a name with an address', { to: ['"ada@acme.test" <eve@evil.test>'] }, {}, 'is no mail address'],
    [
      'that "writes.operations" leaves out',
      {},
      { automation: { ...MAY_WRITE, writes: { operations: ['slack_post'] } } },
      'does not name it',
    ],
    ['over "writes.maxPerRun"', {}, { automation: { ...MAY_WRITE, writes: { maxPerRun: 0 } } }, 'allowed writes'],
    [
      'that "tools" leaves out',
      {},
      { automation: { ...MAY_WRITE, tools: ['chart'] } },
      'there is no tool "email_send"',
    ],
    ['with a secret in it', { text: 'canary-1234567' }, {}, 'the value of a secret'],
    ['with a file that is not there', { files: ['fi_other'] }, {}, 'this run has no file "fi_other"'],
    [
      'over a connection of another kind',
      { connection: 'mail' },
      { connection: { protocol: 'http' } },
      'there is no tool "email_send"',
    ],
  ])('%s', async (_, input, options, why) => {
    const { server, said } = await mailing(input, options);
    expect(said).toMatchObject({ isError: true, value: expect.stringContaining(why) });
    expect([server.commands, server.mails]).toEqual([[], []]);
  });

  it('and never resolves its password in a read-only run', async () => {
    const { said } = await mailing({}, { automation: {}, env: {} });
    expect(said?.value).toContain('read-only');
  });

  it('says of each failure whether the mail may have gone out', async () => {
    const answer =
      (verb: string, line: string): SmtpScript =>
      (command) =>
        command.startsWith(verb) ? line : undefined;
    const refused = await mailing({}, { smtp: answer('RCPT', '550 no such user') });
    expect(refused.said?.value).toMatch(/^not sent: .*550 no such user/);
    expect(refused.writes).toMatchObject([{ outcome: { result: 'not_applied' } }]);
    const spam = await mailing({}, { smtp: answer('(message)', '554 spam') });
    expect(spam.writes).toMatchObject([{ outcome: { result: 'not_applied' } }]);
    const login = await mailing({}, { smtp: answer('AUTH', '535 bad canary-1234567') });
    expect(login.said?.value).toContain('[redacted:SMTP_PASSWORD]');
    const nobody = await mailing(
      {},
      { connection: { spec: { host: '127.0.0.1', port: await freePort(), from: 'reports@acme.test' } } },
    );
    expect(nobody.writes).toMatchObject([{ outcome: { result: 'not_applied' } }]);
    const silent = await mailing({}, { smtp: answer('(message)', '') });
    expect(silent.writes).toMatchObject([{ outcome: { result: 'unknown' } }]);
  });

  it('names the recipients that the server did not take', async () => {
    const smtp: SmtpScript = (command) => (command.includes('bob@team.test') ? '550 no such user' : undefined);
    const { said, server } = await mailing({ to: ['ada@acme.test', 'bob@team.test'] }, { smtp });
    expect(said?.value).toMatchObject({ sent: true, rejected: ['bob@team.test'] });
    expect(server.mails[0]?.to).toEqual(['ada@acme.test']);
  });
});

interface MailPart {
  readonly type: string;
  readonly head: string;
  readonly bytes: Buffer;
  readonly text: string;
}

/** The head of a mail and its innermost parts, decoded. */
function readMail(received: ReceivedMail | undefined): { readonly head: string; readonly parts: readonly MailPart[] } {
  const { source = '' } = received ?? {};
  const head = source.slice(0, source.indexOf('\r\n\r\n'));
  return { head: `${head}\r`, parts: partsOf(source) };
}

function partsOf(source: string): readonly MailPart[] {
  const at = source.indexOf('\r\n\r\n');
  const head = source.slice(0, at).replace(/\r\n[ \t]+/g, ' ');
  const body = source.slice(at + 4);
  const [, boundary] = /boundary="?([^";\r\n]+)"?/.exec(head) ?? [];
  if (boundary !== undefined) {
    return body
      .split(`--${boundary}`)
      .slice(1, -1)
      .flatMap((part) => partsOf(part.replace(/^\r\n/, '')));
  }
  const bytes = decoded(body.replace(/\r\n$/, ''), /Content-Transfer-Encoding: (\S+)/i.exec(head)?.[1] ?? '');
  const type = /Content-Type: ([^;\s]+)/i.exec(head)?.[1] ?? '';
  return [{ type, head, bytes, text: bytes.toString() }];
}

function decoded(body: string, encoding: string): Buffer {
  if (encoding === 'base64') return Buffer.from(body, 'base64');
  if (encoding !== 'quoted-printable') return Buffer.from(body);
  const joined = body.replace(/=\r\n/g, '');
  return Buffer.from(
    joined.replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  );
}
