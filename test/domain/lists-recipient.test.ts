import { describe, expect, it } from 'vitest';
import { listsRecipient } from '../../src/domain/lists-recipient.ts';

describe('a list of recipients', () => {
  it.each<[string, string, boolean]>([
    ['ada@acme.test', 'ada@acme.test', true],
    ['ada@acme.test', 'ADA@Acme.test', true],
    ['ada@acme.test', 'ada@acme.test.evil.test', false],
    ['*@acme.test', 'bob@acme.test', true],
    ['*@acme.test', 'bob@sub.acme.test', false],
    ['*@acme.test', 'bob@notacme.test', false],
    ['*@acme.test', 'eve@evil.test@acme.test', false],
    ['*@acme.test', '*@acme.test', true],
    ['*', 'C0123', true],
    ['*', 'eve@evil.test', false],
    ['#reports', '#reports', true],
    ['#reports', 'reports', false],
    ['C0123', 'C0123 ', false],
  ])('%s has %s: %s', (entry, recipient, isListed) => {
    expect(listsRecipient(['nobody@acme.invalid', entry], recipient)).toBe(isListed);
  });

  it('that is empty has nobody', () => {
    expect(listsRecipient([], 'ada@acme.test')).toBe(false);
  });
});
