import { describe, expect, it } from 'vitest';
import { loadBundle } from '../../src/bundle/index.ts';
import { createDeliveryTypes } from '../../src/delivery/index.ts';
import { formatDiagnostic } from '../../src/domain/diagnostic.ts';
import { createHttpClient } from '../../src/net/index.ts';
import { tempDir, writeFiles } from '../support/temp-dir.ts';

const env = { BOT_TOKEN: 'xoxb-0123456789', SMTP_URL: 'smtps://ada:pass-0123456789@mail.test', CHAT: '#ops' };

const deliveryTypes = createDeliveryTypes({
  http: createHttpClient(),
  log: { info: () => {} },
  templates: () => Promise.reject(new Error('no template was expected')),
});

async function load(...targets: readonly object[]) {
  const dir = tempDir();
  writeFiles(dir, {
    'automations/digest.json': JSON.stringify({ prompt: 'Go.', delivery: { targets }, failureAlert: { targets } }),
  });
  const { bundle, diagnostics } = await loadBundle({ dir, env, registries: { presets: [], deliveryTypes } });
  return { bundle, said: diagnostics.map(formatDiagnostic) };
}

const slack = { type: 'slack', channel: 'env:CHAT', token: 'env:BOT_TOKEN' };
const email = { type: 'email', to: 'ada@corp.test', from: 'bot@corp.test' };

describe('the targets of a file', () => {
  it('say everything that delivery can do', async () => {
    const targets = [
      { type: 'webhook', url: 'https://hooks.corp.test/in', allowPrivateNetwork: true },
      { ...slack, apiUrl: 'https://slack.corp.test/api', allowPrivateNetwork: true, thread: 'event' },
      { ...email, smtp: 'env:SMTP_URL', subject: 'Digest', allowPrivateNetwork: true },
      { ...email, to: ['a@corp.test', 'b@corp.test'], smtp: { host: 'mail.corp.test', port: 25, secure: false } },
      { type: 'file', path: 'out/digest.txt', mode: 'replace' },
    ];
    const { bundle, said } = await load(...targets);
    expect(said).toEqual([]);
    const loaded = bundle.automations.get('digest')?.delivery.targets;
    expect(loaded?.map(({ type, options }) => ({ type, ...options }))).toEqual(targets);
  });

  it.each([
    [{ ...slack, apiUrl: 'http://0x7f.1/api' }, 'apiUrl'],
    [{ ...slack, apiUrl: 'http://169.254.169.254/api' }, 'apiUrl'],
    [{ ...slack, channel: 'env:NO_CHAT' }, 'NO_CHAT'],
    [{ ...slack, allowPrivateNetwork: 'yes' }, 'allowPrivateNetwork'],
    [{ ...email, smtp: 'env:NO_SMTP' }, 'NO_SMTP'],
    [{ ...email, smtp: 'https://mail.corp.test' }, 'smtp://user:password@host:587'],
    [{ ...email, smtp: 25 }, 'smtp'],
    [{ ...email, smtp: { port: 25 } }, '"host" is missing'],
    [{ ...email, smtp: { host: 'mail.corp.test', tls: true } }, 'unknown key "tls"'],
    [{ type: 'file', path: 'out/x', mode: 'prepend' }, 'mode'],
    [{ type: 'file', path: 'out/x', allowPrivateNetwork: true }, 'unknown key "allowPrivateNetwork"'],
  ])('refuse %j, naming the place', async (target, words) => {
    const { said } = await load(target);
    expect(said.join('\n')).toContain(words);
    expect(said[0]).toMatch(/^automations\/digest\.json:1:\d+ delivery\.targets\[0\]/);
  });

  it('hide what an SMTP URL carries', async () => {
    const { bundle } = await load({ ...email, smtp: 'env:SMTP_URL' });
    expect(bundle.secrets.redact(`could not reach ${env.SMTP_URL}`)).not.toContain('pass-0123456789');
    const { said } = await load({ ...email, smtp: 'smtp://ada:pass-0123456789@mail.test' });
    expect(said.join('\n')).toContain('write env:');
    expect(said.join('\n')).not.toContain('pass-0123456789');
  });
});
