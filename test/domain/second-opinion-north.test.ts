import { describe, expect, it } from 'vitest';
import { documentedRows } from './documented-rows.ts';
import { differencesOf, EXPRESSIONS } from './second-opinion.ts';

const ZONES = ['UTC', 'America/New_York', 'Europe/London'];

describe('a second opinion on 400 days of schedules in the north', () => {
  it('differs from ours exactly where the docs say, and only around clock changes', { timeout: 120_000 }, () => {
    expect(new Set(EXPRESSIONS).size).toBe(60);
    const rows = differencesOf(ZONES);
    expect(rows.map(({ text }) => text)).toEqual(documentedRows(ZONES));
    expect(rows.filter(({ causes }) => causes.includes('unexplained'))).toEqual([]);
  });
});
