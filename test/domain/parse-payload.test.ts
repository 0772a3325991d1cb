import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MOST_NESTING, type Payload, parsePayload } from '../../src/domain/parse-payload.ts';

const JSON_TYPE = 'application/json; charset=utf-8';
const FORM_TYPE = 'application/x-www-form-urlencoded';

describe('a payload', () => {
  it('is JSON by its content type', () => {
    expect(read('{"a":[1,"é"]}', JSON_TYPE)).toMatchObject({
      format: 'json',
      value: { a: [1, 'é'] },
      body: '{"a":[1,"é"]}',
    });
    expect(read('7', 'application/problem+json')).toMatchObject({ format: 'json', value: 7 });
  });

  it('is JSON when it looks so under another or no content type', () => {
    expect(read(' {"a":1}', undefined)).toMatchObject({ format: 'json', value: { a: 1 } });
    expect(read('[1]', 'text/plain')).toMatchObject({ format: 'json', value: [1] });
    expect(read('7', 'text/plain')).toMatchObject({ format: 'text', value: '7' });
    expect(read('{"a":1}', FORM_TYPE)).toMatchObject({ format: 'json', value: { a: 1 } });
    expect(read('{"a":1', FORM_TYPE)).toMatchObject({ format: 'form', value: { '{"a":1': '' } });
  });

  it('is a form, with a list where a name comes several times', () => {
    expect(read('a=1&b=2&a=%C3%A9', FORM_TYPE)).toMatchObject({ format: 'form', value: { a: ['1', 'é'], b: '2' } });
  });

  it('is the JSON inside of payload= where a form carries one', () => {
    const form = `payload=${encodeURIComponent('{"action":"opened"}')}`;
    expect(read(form, FORM_TYPE)).toMatchObject({ format: 'form', value: { action: 'opened' }, body: form });
    expect(read('payload=no+json', FORM_TYPE)).toMatchObject({ value: { payload: 'no json' } });
  });

  it('is kept as text with a flag when it does not parse or is empty', () => {
    expect(read('{"a":', JSON_TYPE)).toEqual({ format: 'text', body: '{"a":', value: '{"a":', flag: 'unparsable' });
    expect(read('', JSON_TYPE)).toMatchObject({ format: 'text', flag: 'empty' });
    expect(read('hello', 'text/plain')).toEqual({ format: 'text', body: 'hello', value: 'hello' });
  });

  it('is kept as base64 with a flag when it is not UTF-8', () => {
    const body = Buffer.from([0x7b, 0xff, 0xfe, 0x7d]);
    const parsed = parsePayload(body, JSON_TYPE);
    expect(parsed).toEqual({
      ok: true,
      payload: { format: 'binary', body: body.toString('base64'), value: undefined, flag: 'not_utf8' },
    });
  });

  it('may begin with a byte order mark', () => {
    expect(read('\uFEFF{"a":1}', JSON_TYPE)).toMatchObject({ format: 'json', value: { a: 1 }, body: '{"a":1}' });
  });

  it('is refused when it nests too deep, and only then', () => {
    expect(parsePayload(nested(MOST_NESTING), JSON_TYPE).ok).toBe(true);
    expect(parsePayload(nested(MOST_NESTING + 1), JSON_TYPE)).toEqual({ ok: false, reason: 'too_deep' });
    expect(parsePayload(nested(1_000_000), JSON_TYPE)).toEqual({ ok: false, reason: 'too_deep' });
    expect(parsePayload(Buffer.from(JSON.stringify({ a: '['.repeat(500) })), JSON_TYPE).ok).toBe(true);
    const form = Buffer.from(`payload=${encodeURIComponent(nested(200).toString())}`);
    expect(parsePayload(form, FORM_TYPE)).toEqual({ ok: false, reason: 'too_deep' });
  });

  it('pollutes no prototype and inherits nothing', () => {
    const { value } = read('{"__proto__":{"isAdmin":true},"constructor":{"prototype":{"isAdmin":true}}}', JSON_TYPE);
    expect(Object.getPrototypeOf(value)).toBeNull();
    expect(Object.keys(value as object)).toEqual(['__proto__', 'constructor']);
    const form = read('__proto__=1&__proto__.isAdmin=true', FORM_TYPE).value;
    expect(Object.getPrototypeOf(form)).toBeNull();
    expect(Reflect.get({}, 'isAdmin')).toBeUndefined();
  });

  it('is what JSON says, for any JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        const text = JSON.stringify(value);
        expect(JSON.stringify(read(text, JSON_TYPE).value)).toBe(JSON.stringify(JSON.parse(text)));
      }),
    );
  });

  it('comes out of any bytes without an exception', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        fc.constantFrom(JSON_TYPE, FORM_TYPE, 'text/plain', ''),
        (bytes, type) => {
          expect(typeof parsePayload(Buffer.from(bytes), type).ok).toBe('boolean');
        },
      ),
    );
  });
});

function read(text: string, contentType: string | undefined): Payload {
  const parsed = parsePayload(Buffer.from(text), contentType);
  if (!parsed.ok) throw new Error(parsed.reason);
  return parsed.payload;
}

function nested(depth: number): Buffer {
  return Buffer.from(`${'['.repeat(depth)}${']'.repeat(depth)}`);
}
