import { describe, expect, it } from 'vitest';
import { boundedKey, readSource, sourceProblem } from '../../src/domain/read-source.ts';

const DELIVERED = {
  headers: { 'x-id': ['42', '43'], 'x-empty': [''] },
  body: Buffer.from('{}'),
  value: { event: { id: 'evt_1', count: 3, ok: true }, list: [{ id: 'a' }] },
};

describe('a source', () => {
  it.each([
    ['body:event.id', 'evt_1'],
    ['body:event.count', '3'],
    ['body:list.0.id', 'a'],
    ['body:event', undefined],
    ['body:event.ok', undefined],
    ['body:event.toString', undefined],
    ['header:X-Id', '42'],
    ['header:X-Empty', undefined],
    ['header:constructor', undefined],
    ['sha256(body)', 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a'],
    ['elsewhere', undefined],
  ])('%s names %s', (source, expected) => {
    expect(readSource(source, DELIVERED)).toBe(expected);
  });

  it.each(['body:', 'header:', 'header:a b', 'body:a..b', 'md5(body)', ''])('%j is not one', (source) => {
    expect(sourceProblem(source)).toContain('must be');
  });

  it.each(['body:a', 'body:Idempotency-Key', 'header:X-Id', 'sha256(body)'])('%j is one', (source) => {
    expect(sourceProblem(source)).toBeUndefined();
  });
});

describe('a bounded key', () => {
  it('is itself when short and its hash when long', () => {
    expect(boundedKey('evt_1')).toBe('evt_1');
    expect(boundedKey('x'.repeat(5000))).toMatch(/^sha256:[0-9a-f]{64}$/);
  });
});
