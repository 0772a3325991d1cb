import { describe, expect, it } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { type SmtpScript, smtpStub } from '../support/smtp-server.ts';
import { contextOf, deliveryOf, deliveryType, secretsOf } from './delivery-world.ts';

async function mailed(options = {}, payload = {}, script?: SmtpScript) {
  const server = await smtpStub(script);
  const secrets = secretsOf({ SMTP: `smtp://bot:p%40ssw0rd@127.0.0.1:${server.port}`, PASSWORD: 'p@ssw0rd' });
  const target = { to: ['a@acme.test', 'b@acme.test'], from: 'bot@acme.test', smtp: 'env:SMTP', ...options };
  const result = await deliveryType('email').send(deliveryOf('email', target, payload), contextOf({ secrets }));
  return { result, server, mail: server.mails[0] };
}

const decoded = (source = '') =>
  source.replace(/=\r\n/g, '').replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));

describe('an email target', () => {
  it('gets the text in plain and in HTML, once for all recipients', async () => {
    const { result, server, mail } = await mailed({}, { text: 'all <good>\n\nsecond' });
    expect(result).toEqual({ ok: true });
    expect(mail).toMatchObject({ from: 'bot@acme.test', to: ['a@acme.test', 'b@acme.test'] });
    expect(mail?.source).toMatch(/^Subject: digest\r$/m);
    expect(mail?.source).toMatch(/^Message-ID: <dlv_1@/m);
    expect(mail?.source).toMatch(/multipart\/alternative/);
    expect(decoded(mail?.source)).toContain('all <good>');
    expect(decoded(mail?.source)).toContain('<p>all &lt;good&gt;</p>');
    expect(server.commands.find((command) => command.startsWith('AUTH'))).toBe(
      `AUTH PLAIN ${Buffer.from('\0bot\0p@ssw0rd').toString('base64')}`,
    );
  });

  it('takes the server in parts, too, and its user as sender', async () => {
    const server = await smtpStub();
    const smtp = { host: '127.0.0.1', port: server.port, user: 'bot@acme.test', password: 'env:PASSWORD' };
    const delivery = deliveryOf('email', { to: 'a@acme.test, c@acme.test', smtp, subject: 'Numbers' });
    const result = await deliveryType('email').send(
      delivery,
      contextOf({ secrets: secretsOf({ PASSWORD: 'p@ssw0rd' }) }),
    );
    expect(result).toEqual({ ok: true });
    expect(server.mails[0]).toMatchObject({ from: 'bot@acme.test', to: ['a@acme.test', 'c@acme.test'] });
    expect(server.mails[0]?.source).toMatch(/^Subject: Numbers\r$/m);
  });

  it('attaches the files of the run where its file says so, and names those that do not fit', async () => {
    const server = await smtpStub();
    const file = { id: 'fi_1', filename: 'Sales.csv', mediaType: 'text/csv', sizeBytes: 4, kind: 'table' } as const;
    const filesOf = async (maxBytes: number) => {
      expect(maxBytes).toBe(15 * 1024 * 1024);
      return {
        files: [{ file: { ...file, createdAt: 0, expiresAt: 1 }, bytes: Buffer.from('a,b\n') }],
        left: ['Big.pdf'],
      };
    };
    const target = { to: 'a@acme.test', from: 'b@acme.test', smtp: `smtp://127.0.0.1:${server.port}` };
    const send = (options: object, more = {}) =>
      deliveryType('email').send(
        { ...deliveryOf('email', { ...target, ...options }), ...more },
        contextOf({ filesOf }),
      );
    expect(await send({ attachFiles: true })).toEqual({ ok: true });
    expect(await send({})).toEqual({ ok: true });
    expect(await send({ attachFiles: true }, { kind: 'alert' })).toEqual({ ok: true });
    const [withFiles, ...without] = server.mails.map(({ source }) => source);
    expect(withFiles).toMatch(/Content-Disposition: attachment; filename=Sales\.csv/);
    expect(withFiles).toContain(Buffer.from('a,b\n').toString('base64'));
    expect(withFiles).toContain('Big.pdf is too large for a mail, or gone.');
    for (const source of without) expect(source).not.toContain('Sales.csv');
  });

  it('cannot be given another header or recipient by what it carries', async () => {
    const { mail } = await mailed(
      { subject: 'Hi\r\nBcc: evil@test' },
      { text: 'x\r\n.\r\nRCPT TO:<evil@test>\r\nBcc: evil@test' },
    );
    expect(mail?.to).toEqual(['a@acme.test', 'b@acme.test']);
    expect(mail?.source).toMatch(/^Subject: Hi Bcc: evil@test\r$/m);
    expect(mail?.source.split('\r\n\r\n')[0]).not.toMatch(/^Bcc:/m);
  });

  it('says in the subject how it went', async () => {
    expect((await mailed({}, { status: 'failure' })).mail?.source).toMatch(/^Subject: digest failed\r$/m);
    expect((await mailed({}, { status: 'recovered' })).mail?.source).toMatch(/^Subject: digest works again\r$/m);
  });

  it('is tried again after 4xx and a broken connection, and given up after 5xx', async () => {
    const answer =
      (verb: string, line: string): SmtpScript =>
      (command) =>
        command.startsWith(verb) ? line : undefined;
    const { result: busy } = await mailed({}, {}, answer('MAIL', '451 try later'));
    expect(busy).toMatchObject({ ok: false, retryable: true, error: expect.stringContaining('451') });
    const { result: unknown } = await mailed({}, {}, answer('RCPT', '550 no such user'));
    expect(unknown).toMatchObject({ ok: false, retryable: false, error: expect.stringContaining('550') });
    const { result: login } = await mailed({}, {}, answer('AUTH', '535 bad p@ssw0rd'));
    expect(login).toMatchObject({ ok: false, retryable: false, error: expect.stringContaining('[redacted:PASSWORD]') });
    const { result: taken } = await mailed({}, {}, answer('(message)', '554 spam'));
    expect(taken).toMatchObject({ ok: false, retryable: false });
    const smtp = `smtp://127.0.0.1:${await freePort()}`;
    expect((await mailed({ smtp })).result).toMatchObject({ ok: false, retryable: true });
  });

  it('does not wait for a silent server longer than it may', async () => {
    const server = await smtpStub((command) => (command.startsWith('EHLO') ? 'hang' : undefined));
    const stop = new AbortController();
    const target = { to: 'a@acme.test', from: 'b@acme.test', smtp: `smtp://127.0.0.1:${server.port}` };
    const pending = deliveryType('email').send(deliveryOf('email', target), contextOf({ signal: stop.signal }));
    while (server.commands.length === 0) await new Promise((resolve) => setImmediate(resolve));
    stop.abort();
    expect(await pending).toMatchObject({ ok: false, retryable: true });
  });

  it('is not sent to a name for a private address unless the file allows it', async () => {
    const server = await smtpStub();
    const target = { to: 'a@acme.test', from: 'bot@acme.test', smtp: { host: 'localhost', port: server.port } };
    const to = (options: object) =>
      deliveryType('email').send(deliveryOf('email', { ...target, ...options }), contextOf());
    expect(await to({})).toMatchObject({ ok: false, retryable: false });
    expect(server.mails).toEqual([]);
    expect(await to({ allowPrivateNetwork: true })).toMatchObject({ ok: true });
    expect(server.mails).toHaveLength(1);
  });

  it('is checked when the file is loaded', () => {
    const check = (options: Readonly<Record<string, unknown>>) => deliveryType('email').check(options, secretsOf());
    expect(check({ to: 'a@acme.test', smtp: 'smtp://mail.acme.test' })).toEqual([]);
    expect(check({ to: [], smtp: 'smtp://mail.acme.test' })).toEqual([expect.stringContaining('"to"')]);
    expect(check({ to: 'nobody', smtp: 'smtp://mail.acme.test' })).toEqual(['"to": "nobody" is no mail address']);
    expect(check({ to: 'a@b.test\r\nBcc: c@d.test', smtp: 'smtp://mail.acme.test' })).toHaveLength(1);
    expect(check({ to: 'a@b.test', smtp: 'smtp://mail.acme.test', from: 'me' })).toEqual([
      expect.stringContaining('"from"'),
    ]);
    expect(check({ to: 'a@b.test', from: 'c@d.test', smtp: 'smtp://127.1' })).toEqual([
      '"smtp": write 127.0.0.1 instead of 127.1',
    ]);
    expect(() => check({ to: 'a@b.test', smtp: 'https://mail.acme.test' })).toThrow(/smtp:\/\/user:password@host/);
    expect(() => check({ to: 'a@b.test', smtp: {} })).toThrow(/"host"/);
  });
});
