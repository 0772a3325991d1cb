import { compactJson } from '../domain/data-block.ts';
import type { Event } from '../domain/event.ts';
import { withoutJsonFields } from '../domain/json-fields.ts';

/** An event as the prompt uses it. */
export interface EventPayload {
  /** Compact JSON with the sender's own digits and keys. */
  readonly json: string;
  /** The same, parsed; for templates. */
  readonly value: unknown;
  /** What templates call `params`: the fields of an object, else the query parameters alone. */
  readonly params: Readonly<Record<string, unknown>>;
}

/**
 * The payload of an event: query parameters join an object's fields (the body wins); beside a text or a list they stand
 * as `params`. Undefined when there is none.
 */
export function eventPayload(event: Event | undefined): EventPayload | undefined {
  if (event === undefined) return undefined;
  const hasQuery = Object.keys(event.query).length > 0;
  const isBlank = event.format === 'text' && event.body?.trim() === '';
  if (event.body === undefined || event.format === 'none' || (hasQuery && isBlank)) {
    return hasQuery ? fromValue(event.query) : undefined;
  }
  const payload = payloadOf(event.format, event.body);
  return hasQuery ? withQuery(payload, event.query) : payload;
}

/** The same without some of its fields; undefined when nothing is left of it. */
export function withoutFields(payload: EventPayload | undefined, names: readonly string[]): EventPayload | undefined {
  if (payload === undefined) return undefined;
  const { value, json, params } = payload;
  const left = Object.entries(params).filter(([name]) => !names.includes(name));
  if (left.length === Object.keys(params).length) return payload;
  const kept = Object.fromEntries(left);
  if (!isFields(value)) return { value, json, params: kept };
  return left.length === 0 ? undefined : { value: kept, json: withoutJsonFields(json, names), params: kept };
}

function payloadOf(format: Event['format'], body: string): EventPayload {
  switch (format) {
    case 'json':
      return fromJson(body) ?? fromValue(body);
    case 'form':
      return fromForm(body);
    case 'binary':
      return fromValue({ base64: body });
    case 'text':
    case 'none':
      return fromValue(body);
  }
}

function fromJson(text: string): EventPayload | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return { value, json: compactJson(text), params: isFields(value) ? value : {} };
  } catch {
    return undefined;
  }
}

function fromValue(value: unknown): EventPayload {
  return { value, json: JSON.stringify(value), params: isFields(value) ? value : {} };
}

/** Fields by name, several of one name as a list; a single `payload` field with JSON in it is that JSON. */
function fromForm(body: string): EventPayload {
  const fields = new URLSearchParams(body);
  const names = [...new Set(fields.keys())];
  const wrapped = names.length === 1 && names[0] === 'payload' ? fromJson(fields.get('payload') ?? '') : undefined;
  const valuesOf = (name: string) => {
    const all = fields.getAll(name);
    return all.length === 1 ? all[0] : all;
  };
  return wrapped ?? fromValue(Object.fromEntries(names.map((name) => [name, valuesOf(name)])));
}

function withQuery(payload: EventPayload, query: Readonly<Record<string, string>>): EventPayload {
  const { value, json } = payload;
  if (!isFields(value)) return { ...payload, params: query };
  const added = Object.entries(query).filter(([name]) => !Object.hasOwn(value, name));
  if (added.length === 0) return payload;
  const fields = added.map(([name, text]) => `${JSON.stringify(name)}:${JSON.stringify(text)}`).join(',');
  const rest = json === '{}' ? '}' : `,${json.slice(1)}`;
  const whole = { ...Object.fromEntries(added), ...value };
  return { value: whole, json: `{${fields}${rest}`, params: whole };
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
