import { expect, it } from 'vitest';
import { secretsEqual } from '../../src/domain/secrets-equal.ts';

it('compares secrets of any length', () => {
  expect(secretsEqual('token', 'token')).toBe(true);
  expect(secretsEqual('token', 'tokem')).toBe(false);
  expect(secretsEqual('token', 'token-and-more')).toBe(false);
  expect(secretsEqual('token', '')).toBe(false);
});
