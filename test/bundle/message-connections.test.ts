import { describe, expect, it } from 'vitest';
import { load } from './load.ts';

const SLACK = { protocol: 'slack', writeAuth: { type: 'bearer', token: 'env:SLACK_TOKEN' } };
const SMTP = {
  protocol: 'smtp',
  host: 'env:SMTP_HOST',
  from: 'reports@acme.test',
  writeAuth: { type: 'basic', username: 'bot', password: 'env:SMTP_PASSWORD' },
};
const ENV = { SLACK_TOKEN: 'xoxb-0123456789', SMTP_HOST: 'mail.acme.test', SMTP_PASSWORD: 'correct-horse' };

async function found(spec: object, access?: object, env: Readonly<Record<string, string>> = ENV) {
  const { bundle, diagnostics } = await load(
    { 'connections/out/spec.json': spec, ...(access && { 'connections/out/access.json': access }) },
    env,
  );
  const about = diagnostics.filter(({ file }) => file.startsWith('connections/'));
  return { bundle, lines: about.map(({ severity, code, message }) => `${severity} ${code}: ${message}`) };
}

describe('connections that send messages', () => {
  it('are loaded with whom they may write to, and their credentials are secrets', async () => {
    const slack = await found(SLACK, { recipients: ['#reports', 'C0123ABCD'] });
    expect(slack.lines).toEqual([]);
    expect(slack.bundle.connections.get('out')).toMatchObject({
      protocol: 'slack',
      recipients: ['#reports', 'C0123ABCD'],
      writeAuth: { token: 'env:SLACK_TOKEN' },
    });
    const smtp = await found(SMTP, { recipients: ['ada@acme.test', '*@team.test'] });
    expect(smtp.lines).toEqual([]);
    expect(smtp.bundle.secrets.redact('xoxb-0123456789 correct-horse')).toBe(
      'xoxb-0123456789 [redacted:SMTP_PASSWORD]',
    );
    expect(slack.bundle.secrets.redact('xoxb-0123456789')).toBe('[redacted:SLACK_TOKEN]');
  });

  it('warn that nothing can be sent where nobody is listed', async () => {
    const warning = expect.stringMatching(/^warning no-recipients: nothing can be sent/);
    expect((await found(SLACK)).lines).toEqual([warning]);
    expect((await found(SMTP, {})).lines).toEqual([warning]);
  });

  it.each<[object, string]>([
    [SMTP, 'ada'],
    [SMTP, '*'],
    [SMTP, '*@'],
    [SMTP, 'a*@acme.test'],
    [SMTP, 'ada@acme.test, bob@acme.test'],
    [SMTP, 'Ada <ada@acme.test>'],
    [SMTP, 'ada@acme.test\r\nBcc: x@y.test'],
    [SLACK, '#a b'],
    [SLACK, 'ada@acme.test'],
    [SLACK, '<!channel>'],
  ])('%j cannot list %j', async (spec, recipient) => {
    expect((await found(spec, { recipients: [recipient] })).lines).toEqual([
      expect.stringMatching(/^error bad-recipient: .*expected .*, got /),
    ]);
  });

  it('are told what is missing or too much', async () => {
    const { from: _, ...nameless } = SMTP;
    expect((await found(nameless, { recipients: [] })).lines.join()).toContain('"from"');
    expect((await found({ ...SLACK, channels: [] }, { recipients: [] })).lines.join()).toContain('"channels"');
    expect((await found(SLACK, { recipients: ['*'] }, {})).lines.join()).toContain('SLACK_TOKEN is not set');
    expect((await found({ baseUrl: 'https://a.test' }, { recipients: ['#x'] })).lines).toEqual([
      expect.stringMatching(/^error wrong-protocol: .*only connections of "slack" and "smtp" have recipients/),
    ]);
  });
});
