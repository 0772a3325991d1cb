import { afterEach } from 'vitest';
import { createDeliveryTypes, type DeliveryPorts } from '../../src/delivery/index.ts';
import type { Delivery, DeliveryPayload } from '../../src/domain/delivery.ts';
import { AmodalError } from '../../src/domain/error.ts';
import type { DeliveryContext, DeliveryType } from '../../src/domain/ports/delivery-type.ts';
import type { Secrets } from '../../src/domain/ports/secrets.ts';
import { createHttpClient, createRedactor, type Resolve } from '../../src/net/index.ts';

export const NOW = Date.UTC(2026, 3, 5, 14);

const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

/** References to these variables resolve; their values are redacted. */
export function secretsOf(variables: Readonly<Record<string, string>> = {}): Secrets {
  const redact = createRedactor(Object.entries(variables).map(([name, value]) => ({ name, value })));
  return {
    resolve: (reference) => {
      if (!reference.startsWith('env:')) return reference;
      const value = variables[reference.slice(4)];
      if (value === undefined) throw new AmodalError('unavailable', `${reference.slice(4)} is not set`);
      return value;
    },
    redact,
    leaks: () => [],
    variable: (name) => variables[name],
  };
}

export const PAYLOAD: DeliveryPayload = {
  automation: 'digest',
  status: 'success',
  timestamp: '2026-04-05T14:00:00.000Z',
  result: 'all good',
  truncated: false,
  text: 'all good',
  run: 'run_1',
};

export function deliveryOf(
  type: string,
  options: Readonly<Record<string, unknown>>,
  payload: Partial<DeliveryPayload> = {},
): Delivery {
  return {
    id: 'dlv_1',
    run: 'run_1',
    automation: 'digest',
    kind: 'result',
    target: { type, options },
    payload: { ...PAYLOAD, ...payload },
    status: 'sending',
    attempts: 0,
    nextAttemptAt: NOW,
    createdAt: NOW,
    fence: 1,
  };
}

export function contextOf(more: Partial<DeliveryContext> = {}): DeliveryContext {
  return { secrets: secretsOf(), signal: new AbortController().signal, now: () => NOW, dir: '/nowhere', ...more };
}

const templates: DeliveryPorts['templates'] = async () => ({
  render: (template, variables) => {
    if (template.includes('{{ broken')) return { ok: false, error: { message: 'unexpected end', line: 1 } };
    const text = template.replace(/\{\{ ?(\w+) ?\}\}/g, (all, name: string) => String(variables[name] ?? all));
    return { ok: true, text };
  },
});

/** One kind of target over a real client. */
export function deliveryType(
  name: string,
  { resolve, ...ports }: Partial<DeliveryPorts> & { readonly resolve?: Resolve } = {},
): DeliveryType {
  const http = createHttpClient({ resolve });
  closers.push(http.close);
  const types = createDeliveryTypes({ http, log: { info: () => {} }, templates, ...ports });
  const found = types.find(({ type }) => type === name);
  if (!found) throw new Error(`no type ${name}`);
  return found;
}
