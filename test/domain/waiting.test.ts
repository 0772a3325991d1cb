import { describe, expect, it } from 'vitest';
import { waitSecondsOf } from '../../src/domain/waiting.ts';

describe('how long a caller waits', () => {
  it('is not at all where the file does not allow it', () => {
    expect(waitSecondsOf('accept', { body: 30, query: '30', prefer: 'wait=30' })).toBe(0);
  });

  it.each([
    [{ body: true }, 300],
    [{ body: 30 }, 30],
    [{ body: '45' }, 45],
    [{ body: 0.5 }, 0.5],
    [{ body: 100_000 }, 600],
    [{ body: false }, 0],
    [{ body: 0 }, 0],
    [{}, 0],
    [{ query: '30' }, 30],
    [{ query: '' }, 300],
    [{ query: 'true' }, 300],
    [{ query: 'false' }, 0],
    [{ query: 'soon' }, 0],
    [{ query: '-5' }, 0],
    [{ body: -5 }, 0],
    [{ body: Number.NaN }, 0],
    [{ body: { seconds: 3 } }, 0],
    [{ prefer: 'wait=20' }, 20],
    [{ prefer: 'respond-async, wait=20' }, 20],
    [{ prefer: 'wait="20"; foo=bar' }, 20],
    [{ prefer: 'waiting=20' }, 0],
    [{ body: false, query: '30' }, 0],
    [{ query: '10', prefer: 'wait=20' }, 10],
  ])('follows the caller where the file lets it: %j', (request, seconds) => {
    expect(waitSecondsOf('caller', request)).toBe(seconds);
  });

  it('is 300 seconds where the file says wait, or what the caller asks', () => {
    expect(waitSecondsOf('wait', {})).toBe(300);
    expect(waitSecondsOf('wait', { body: false })).toBe(300);
    expect(waitSecondsOf('wait', { query: '7' })).toBe(7);
    expect(waitSecondsOf('wait', { query: '7000' })).toBe(600);
  });
});
