import { expect, test } from 'vitest';
import type { DoctorReport, RejectionDetail, RejectionView } from '../../src/operations/webhook-operations.ts';
import { WEBHOOK_PRESETS } from '../../src/webhooks/index.ts';
import { type AmodalProcess, runAmodal, startAmodal } from '../support/amodal-process.ts';
import { freePort } from '../support/free-port.ts';
import { tempDir, writeFiles } from '../support/temp-dir.ts';

const SECRET = 'a-long-enough-secret-of-a-sender';
const WHSEC = `whsec_${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`;
const PUBLIC_URL = 'https://hooks.example.com/webhooks/x';
/** Senders whose private key nobody else has. */
const UNSIGNABLE = new Set(['discord', 'sendgrid', 'ed25519', 'ecdsa-p256-sha256']);
const SENDERS = WEBHOOK_PRESETS.map(({ name }) => name).filter((name) => !UNSIGNABLE.has(name));

function automation(type: string) {
  const extra: Record<string, object> = {
    token: { header: 'X-Token' },
    basic: { username: 'ada' },
    meta: { verifyToken: 'a-verify-token-0123' },
    ...Object.fromEntries(['hmac-sha256', 'hmac-sha1', 'hmac-sha512'].map((name) => [name, { header: 'X-Signature' }])),
  };
  const isStandard = ['gitlab', 'svix', 'standard-webhooks'].includes(type);
  const secret = type === 'none' ? {} : { secret: isStandard ? 'env:SIGNING_TOKEN' : 'env:HOOK_SECRET' };
  const webhook = ['twilio', 'hubspot'].includes(type) ? { publicUrl: PUBLIC_URL } : {};
  return { prompt: 'Say ok.', trigger: 'webhook', webhookAuth: { type, ...secret, ...extra[type] }, webhook };
}

function bundleOf(types: readonly string[], settings: object = {}): string {
  const dir = tempDir();
  writeFiles(dir, {
    'amodal.json': JSON.stringify({
      name: 'hooks',
      models: { main: { provider: 'scripted', model: 'x' } },
      ...settings,
    }),
    '.env': `HOOK_SECRET=${SECRET}\nSIGNING_TOKEN=${WHSEC}\n`,
    ...Object.fromEntries(types.map((type) => [`automations/${type}.json`, JSON.stringify(automation(type))])),
    ...Object.fromEntries(
      types.map((type) => [`automations/${type}.script.json`, JSON.stringify({ turns: [{ text: 'ok' }] })]),
    ),
  });
  return dir;
}

async function ops<T>(dir: string, ...args: string[]): Promise<{ readonly data: T; readonly code: number | null }> {
  const { stdout, stderr, code } = await runAmodal(['--dir', dir, 'ops', ...args, '--json']);
  if (stdout === '') throw new Error(stderr);
  return { data: JSON.parse(stdout) as T, code };
}

const admin = (server: AmodalProcess) => ({
  authorization: `Bearer ${server.token()}`,
  'content-type': 'application/json',
});

test('a sample of every sender that can be played is accepted by its hook, and every hook passes the doctor', async () => {
  const dir = bundleOf(SENDERS);
  const server = await startAmodal({ dir, port: await freePort() });
  const results = await Promise.all(
    SENDERS.map(async (name) => {
      const init = { method: 'POST', headers: admin(server), body: '{}' };
      const response = await fetch(`${server.url}/api/webhooks/${name}/test`, init);
      return { name, ...((await response.json()) as { httpStatus: number; answer: { status: string } }) };
    }),
  );
  console.log(
    `samples accepted: ${results.filter(({ answer }) => answer?.status === 'accepted').length}/${SENDERS.length}`,
  );
  expect(results.filter(({ answer }) => answer?.status !== 'accepted')).toEqual([]);
  const { data, code } = await ops<DoctorReport>(dir, 'doctor');
  expect(data.checks.filter(({ status }) => status !== 'ok')).toEqual([]);
  expect([code, data.checks.filter(({ name }) => name.startsWith('webhook')).length]).toEqual([0, SENDERS.length]);
  await server.stop();
}, 60_000);

test('what was refused is listed, shown, and runs once when it is delivered again', async () => {
  const dir = bundleOf(['github']);
  const server = await startAmodal({ dir, port: await freePort() });
  await ops(dir, 'automations', 'pause', 'github');
  const tested = await runAmodal(['--dir', dir, 'ops', 'webhooks', 'test', 'github']);
  expect([tested.code, tested.stdout]).toEqual([0, expect.stringContaining('200 {"status":"paused"')]);
  const wrong = await fetch(`${server.url}/webhooks/github`, { method: 'POST', body: '{}' });
  expect(wrong.status).toBe(401);
  const rejected = await ops<RejectionView[]>(dir, 'webhooks', 'rejected', '--since', '1h');
  expect(rejected.data.map(({ reason }) => reason)).toEqual(['missing_header', 'paused']);
  const shown = await ops<RejectionDetail>(dir, 'webhooks', 'show', rejected.data[1]?.id ?? '');
  expect(shown.data.expected).toContain('X-Hub-Signature-256'.toLowerCase());
  expect(JSON.stringify(shown.data)).not.toMatch(/sha256=[0-9a-f]{64}/);
  await ops(dir, 'automations', 'resume', 'github');
  const again = await ops<{ redelivered: number; refused: number }>(dir, 'webhooks', 'redeliver', '--since', '1h');
  expect([again.code, again.data]).toEqual([1, expect.objectContaining({ redelivered: 1, refused: 1 })]);
  const history = await ops<{ status: string }[]>(dir, 'automations', 'history', 'github');
  expect(history.data).toHaveLength(1);
  const table = await runAmodal(['--dir', dir, 'ops', 'webhooks', 'rejected']);
  expect(table.stdout).toContain('refused again: missing_header');
  expect((await runAmodal(['--dir', dir, 'ops', 'webhooks', 'redeliver'])).code).toBe(2);
  expect(server.output()).not.toContain(SECRET);
  await server.stop();
}, 60_000);

test('with no server the doctor finds hooks that are registered but not listening, and a test says so', async () => {
  const dir = bundleOf(['github'], { server: { port: await freePort() } });
  const { data, code } = await ops<DoctorReport>(dir, 'doctor');
  expect(code).toBe(1);
  expect(data.checks.at(-1)).toMatchObject({ name: 'webhook github', status: 'error' });
  expect(data.checks.at(-1)?.message).toContain('registered, but nothing listens');
  const tested = await runAmodal(['--dir', dir, 'ops', 'webhooks', 'test', 'github']);
  expect([tested.code, tested.stdout]).toEqual([1, expect.stringContaining('no answer')]);
}, 30_000);

test('a hook of type "none" keeps amodal from listening beyond loopback until somebody allows it', async () => {
  const dir = bundleOf(['none']);
  const beyond = ['--host', '0.0.0.0', '--token', 'a-token-for-this-test'];
  const refused = await runAmodal(['--dir', dir, 'start', '--port', '0', ...beyond]);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain('automations/none.json says "webhookAuth": {"type": "none"}');
  expect(refused.stderr).toContain('--allow-unauthenticated-webhooks');
  const args = [...beyond, '--allow-unauthenticated-webhooks'];
  const server = await startAmodal({ dir, port: await freePort(), args });
  expect((await ops<DoctorReport>(dir, 'doctor')).data.checks.at(-1)).toMatchObject({
    name: 'webhook none',
    status: 'ok',
  });
  await server.stop();
}, 30_000);
