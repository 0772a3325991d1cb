import type { DeliveryResult } from '../domain/delivery.ts';
import type { DeliveryContext, DeliveryType } from '../domain/ports/delivery-type.ts';
import { deliveryFailure, withoutThrowing } from './delivery-failure.ts';
import { type SentPayload, sentPayload } from './sent-payload.ts';

/** A function of the embedding program; `delivery` is the same on every attempt. A rejection is retried. */
export type DeliveryCallback = (result: SentPayload & { readonly delivery: string }) => unknown;

/** One function for all `callback` targets, or one a name. */
export type DeliveryCallbacks = DeliveryCallback | Readonly<Record<string, DeliveryCallback>>;

/** Calls the function given to `createAgent({ onAutomationResult })`. */
export function callbackDelivery(callbacks: DeliveryCallbacks | undefined): DeliveryType {
  return {
    type: 'callback',
    check: ({ name }) => {
      if (name !== undefined && typeof name !== 'string') return ['"name" must be a text'];
      const found = callbacks === undefined ? undefined : findCallback(callbacks, name);
      return found === undefined || found.ok ? [] : [found.error];
    },
    send: ({ id, payload, target }, context) =>
      withoutThrowing(context, async (): Promise<DeliveryResult> => {
        const { name } = target.options;
        const found = findCallback(callbacks ?? {}, typeof name === 'string' ? name : undefined);
        if (!found.ok) return deliveryFailure(found.error, 'final');
        return called(found.callback, { ...structuredClone(sentPayload(payload)), delivery: id }, context);
      }),
  };
}

type Found =
  | { readonly ok: true; readonly callback: DeliveryCallback }
  | { readonly ok: false; readonly error: string };

function findCallback(callbacks: DeliveryCallbacks, name: string | undefined): Found {
  if (typeof callbacks === 'function') return { ok: true, callback: callbacks };
  const names = Object.keys(callbacks);
  const wanted = name ?? (names.length === 1 ? names[0] : undefined);
  const callback = wanted !== undefined && Object.hasOwn(callbacks, wanted) ? callbacks[wanted] : undefined;
  if (callback) return { ok: true, callback };
  const known = names.length === 0 ? 'none is registered' : `registered: ${names.join(', ')}`;
  const asked = name === undefined ? 'the target names no function' : `there is no function "${name}"`;
  return { ok: false, error: `${asked}; give it to createAgent({ onAutomationResult }) (${known})` };
}

/** A function that does not come back in time has failed; it may still have done its work. */
async function called(
  callback: DeliveryCallback,
  result: Parameters<DeliveryCallback>[0],
  { signal }: DeliveryContext,
): Promise<DeliveryResult> {
  const aborted = new Promise<DeliveryResult>((resolve) => {
    const onAbort = () => resolve(deliveryFailure('the function did not come back in time', 'retryable'));
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
  });
  const done = Promise.resolve(callback(result)).then((): DeliveryResult => ({ ok: true }));
  return Promise.race([done, aborted]);
}
