import { compactJson } from '../domain/data-block.ts';
import type { Event } from '../domain/event.ts';
import { withoutJsonFields } from '../domain/json-fields.ts';

/** An event as the prompt uses it. */
export interface EventPayload {
  /** Compact JSON with the sender's own digits and keys. */
  readonly json: string;
  /** The same, parsed; for templates. */
  readonly value: unknown;
}

/** The payload of an event: query parameters join an object's fields (the body wins). Undefined when there is none. */
export function eventPayload(event: Event | undefined): EventPayload | undefined {
  if (event === undefined) return undefined;
  const query = Object.keys(event.query).length > 0 ? event.query : undefined;
  if (event.body === undefined || event.format === 'none') {
    return query && { json: JSON.stringify(query), value: query };
  }
  const payload = payloadOf(event.format, event.body);
  return query ? withQuery(payload, query) : payload;
}

/** The same without some of its fields; undefined when nothing is left of it. */
export function withoutFields(payload: EventPayload | undefined, names: readonly string[]): EventPayload | undefined {
  const { value, json } = payload ?? {};
  if (json === undefined || value === null || typeof value !== 'object' || Array.isArray(value)) return payload;
  const left = Object.entries(value).filter(([name]) => !names.includes(name));
  if (left.length === Object.keys(value).length) return payload;
  return left.length === 0 ? undefined : { value: Object.fromEntries(left), json: withoutJsonFields(json, names) };
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
    return { value: JSON.parse(text), json: compactJson(text) };
  } catch {
    return undefined;
  }
}

function fromValue(value: unknown): EventPayload {
  return { value, json: JSON.stringify(value) };
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
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return payload;
  const added = Object.entries(query).filter(([name]) => !Object.hasOwn(value, name));
  if (added.length === 0) return payload;
  const fields = added.map(([name, text]) => `${JSON.stringify(name)}:${JSON.stringify(text)}`).join(',');
  const rest = json === '{}' ? '}' : `,${json.slice(1)}`;
  return { value: { ...Object.fromEntries(added), ...value }, json: `{${fields}${rest}` };
}
