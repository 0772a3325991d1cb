import { describe, expect, it } from 'vitest';
import type { DeliveryCallbacks } from '../../src/delivery/index.ts';
import { contextOf, deliveryOf, deliveryType, PAYLOAD, secretsOf } from './delivery-world.ts';

const send = (callbacks: DeliveryCallbacks | undefined, options = {}, context = contextOf()) =>
  deliveryType('callback', { callbacks }).send(deliveryOf('callback', options), context);

describe('a callback target', () => {
  it('calls the function with the payload and the delivery id', async () => {
    const got: unknown[] = [];
    expect(await send((result) => got.push(result))).toEqual({ ok: true });
    expect(got).toEqual([{ ...PAYLOAD, delivery: 'dlv_1' }]);
  });

  it('calls the function of its name, or the only one', async () => {
    const got: string[] = [];
    const one = { first: () => got.push('first') };
    const two = { ...one, second: () => got.push('second') };
    expect(await send(one)).toEqual({ ok: true });
    expect(await send(two, { name: 'second' })).toEqual({ ok: true });
    expect(got).toEqual(['first', 'second']);
    expect(await send(two)).toMatchObject({ ok: false, retryable: false });
    expect(await send(two, { name: 'toString' })).toMatchObject({ ok: false, retryable: false });
    expect(await send(undefined)).toMatchObject({ ok: false, error: expect.stringContaining('createAgent') });
  });

  it('is tried again when the function throws or rejects', async () => {
    const thrown = await send(() => {
      throw new Error('no');
    });
    expect(thrown).toEqual({ ok: false, retryable: true, error: 'no' });
    expect(await send(() => Promise.reject(new Error('later')))).toEqual({
      ok: false,
      retryable: true,
      error: 'later',
    });
  });

  it('does not wait longer than it may', async () => {
    const stop = new AbortController();
    const pending = send(() => new Promise(() => {}), {}, contextOf({ signal: stop.signal }));
    stop.abort();
    expect(await pending).toMatchObject({ ok: false, retryable: true });
  });

  it('gives each function a payload of its own', async () => {
    const delivery = deliveryOf('callback', {}, { data: { list: [1] } });
    const spoil: DeliveryCallbacks = (result) => {
      if (Array.isArray(result.data?.list)) result.data.list.push(2);
    };
    await deliveryType('callback', { callbacks: spoil }).send(delivery, contextOf());
    expect(delivery.payload.data).toEqual({ list: [1] });
  });

  it('is checked against the functions that are there', () => {
    const check = (callbacks: DeliveryCallbacks | undefined, options: Readonly<Record<string, unknown>>) =>
      deliveryType('callback', { callbacks }).check(options, secretsOf());
    expect(check(undefined, { name: 'x' })).toEqual([]);
    expect(check(() => {}, {})).toEqual([]);
    expect(check({ a: () => {}, b: () => {} }, {})).toEqual([expect.stringContaining('registered: a, b')]);
    expect(check({ a: () => {} }, { name: 'x' })).toEqual([expect.stringContaining('no function "x"')]);
    expect(check(undefined, { name: 7 })).toEqual(['"name" must be a text']);
  });
});
