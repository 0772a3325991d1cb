import { describe, expect, it } from 'vitest';
import { vectors } from '../support/vectors.ts';
import {
  authOfVector,
  presetNamed,
  requestOfVector,
  secretsFrom,
  type WebhookVector,
} from '../support/webhook-requests.ts';

const all = vectors<WebhookVector>('webhooks.json');

describe('the shared webhook vectors', () => {
  if (!all) {
    it.skip('are not checked out beside this repository: nothing was compared', () => {});
    return;
  }

  it('get their verdict and their reason from the verifier', () => {
    const results = all.map((vector) => ({ vector, got: verdict(vector) }));
    report(results);
    const wrong = results.filter(({ vector, got }) => got !== vector.expect);
    expect(wrong.map(({ vector, got }) => `${vector.id}: expected ${vector.expect}, got ${got}`)).toEqual([]);
  });

  it('are refused as soon as one byte of an accepted body changes', () => {
    const accepted = all.filter(
      ({ valid, body, auth }) => valid && body && !['token', 'gitlab-token'].includes(auth.type),
    );
    expect(accepted.length).toBeGreaterThan(0);
    const passed = accepted.filter((vector) => {
      const request = requestOfVector(vector);
      const body = Buffer.from(request.body);
      body[body.length >> 1] = (body[body.length >> 1] ?? 0) ^ 1;
      return presetNamed(vector.auth.type).verify({ ...request, body }, authOfVector(vector), secretsFrom()).ok;
    });
    expect(passed.map(({ id }) => id)).toEqual([]);
  });
});

function verdict(vector: WebhookVector): string {
  const result = presetNamed(vector.auth.type).verify(requestOfVector(vector), authOfVector(vector), secretsFrom());
  return result.ok ? 'ok' : result.reason;
}

function report(results: readonly { readonly vector: WebhookVector; readonly got: string }[]): void {
  const senders = [...new Set(results.map(({ vector }) => vector.sender))];
  const held = (sender?: string) => {
    const own = results.filter(({ vector }) => sender === undefined || vector.sender === sender);
    return `${own.filter(({ vector, got }) => got === vector.expect).length}/${own.length}`;
  };
  console.log(`webhook vectors held: ${held()} (${senders.map((sender) => `${sender} ${held(sender)}`).join(', ')})`);
}
