import { describe, expect, it } from 'vitest';
import { answerData } from '../../src/domain/answer-data.ts';

describe('the data in an answer', () => {
  it('is the object that the whole answer is', () => {
    expect(answerData(' {"mrr": 12.4, "growth": "+3.2%"}\n')).toEqual({ mrr: 12.4, growth: '+3.2%' });
  });

  it('is the object in the one fenced block, with or without words around it', () => {
    expect(answerData('```json\n{"a": 1}\n```')).toEqual({ a: 1 });
    expect(answerData('```\r\n{"a": 1}\r\n```')).toEqual({ a: 1 });
    expect(answerData('Here it is:\n\n```json\n{\n "a": {"b": "```"}\n}\n```\nDone.')).toEqual({ a: { b: '```' } });
  });

  it('is nothing for text, arrays, broken JSON, two blocks and code of another language', () => {
    const none = ['', 'all good', '[1]', '{"a":', '{a: 1}', 'null', '```json\n[1]\n```', '```ts\n{"a":1}\n```'];
    expect(none.map(answerData)).toEqual(none.map(() => undefined));
    expect(answerData('```json\n{"a":1}\n```\n```json\n{"b":1}\n```')).toBeUndefined();
  });

  it('leaves JSON alone that is nested too deep to be written back', () => {
    const nested = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
    expect(answerData(nested(64))).toBeDefined();
    expect(answerData(nested(65))).toBeUndefined();
    expect(answerData(`{"a":"${'['.repeat(100)}"}`)).toEqual({ a: '['.repeat(100) });
  });

  it('takes no longer for hostile text than for any other', () => {
    const hostile = ['```a\n'.repeat(50_000), `{${'\\"'.repeat(100_000)}}`, `{${'"'.repeat(100_001)}}`];
    const start = performance.now();
    expect(hostile.map(answerData)).toEqual([undefined, undefined, undefined]);
    expect(performance.now() - start).toBeLessThan(1000);
  });
});
