import { request as httpRequest } from 'node:http';
import { expect, it } from 'vitest';
import { FakeClock } from '../support/fake-clock.ts';
import { madeAutomation } from '../support/made-bundle.ts';
import { vectors } from '../support/vectors.ts';
import { authOfVector, requestOfVector, type WebhookVector } from '../support/webhook-requests.ts';
import { serverWorld } from './world.ts';

const all = vectors<WebhookVector>('webhooks.json');

/** What a sender hears for a verdict of the verifier. */
function statusesOf({ valid, expect: verdict, headers }: WebhookVector): readonly number[] {
  // Refused before the signature is looked at.
  if (Object.keys(headers).some((name) => name.toLowerCase() === 'content-encoding')) return [415];
  if (valid) return [200, 202, 204];
  return [verdict === 'duplicate_header' ? 400 : verdict === 'config_error' ? 503 : 401];
}

it('every shared webhook vector gets its status over HTTP', async ({ skip }) => {
  if (!all) return skip('the vectors are not checked out beside this repository');
  const wired = all.filter(({ layer, method }) => layer !== 'unit' && (method ?? 'POST') === 'POST');
  const clock = new FakeClock();
  const world = await serverWorld({
    clock,
    automations: wired.map((vector, index) =>
      madeAutomation({
        name: `vector-${index}`,
        trigger: 'webhook',
        webhookAuth: authOfVector(vector),
        webhook: { publicUrl: vector.url },
      }),
    ),
  });
  const wrong: string[] = [];
  const held = new Map<string, readonly [number, number]>();
  for (const [index, vector] of wired.entries()) {
    clock.jump(vector.now * 1000 - clock.now());
    const status = await send(world.port, `/webhooks/vector-${index}`, vector);
    const expected = statusesOf(vector);
    const [right, of] = held.get(vector.sender) ?? [0, 0];
    held.set(vector.sender, [right + (expected.includes(status) ? 1 : 0), of + 1]);
    if (!expected.includes(status)) wrong.push(`${vector.id}: ${vector.expect}, expected ${expected}, got ${status}`);
  }
  const bySender = [...held].map(([sender, [right, of]]) => `${sender} ${right}/${of}`).join(', ');
  console.log(`webhook vectors held over HTTP: ${wired.length - wrong.length}/${wired.length} (${bySender})`);
  expect(wrong).toEqual([]);
}, 60_000);

function send(port: number, path: string, vector: WebhookVector): Promise<number> {
  const { body } = requestOfVector(vector);
  const headers = Object.fromEntries(Object.entries(vector.headers).map(([name, value]) => [name, value as string]));
  return new Promise((resolve, reject) => {
    const options = {
      port,
      host: '127.0.0.1',
      method: 'POST',
      path,
      headers: { ...headers, 'content-length': body.length },
    };
    const outgoing = httpRequest(options, (response) => {
      response.resume();
      response.once('end', () => resolve(response.statusCode ?? 0));
    });
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}
