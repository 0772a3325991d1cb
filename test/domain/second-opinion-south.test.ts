import { describe, expect, it } from 'vitest';
import { documentedRows } from './documented-rows.ts';
import { differencesOf } from './second-opinion.ts';

const ZONES = ['Australia/Lord_Howe', 'Asia/Kathmandu', 'America/Santiago'];

describe('a second opinion on 400 days of schedules in the south and east', () => {
  it('differs from ours exactly where the docs say, and only around clock changes', { timeout: 120_000 }, () => {
    const rows = differencesOf(ZONES);
    expect(rows.map(({ text }) => text)).toEqual(documentedRows(ZONES));
    expect(rows.filter(({ causes }) => causes.includes('unexplained'))).toEqual([]);
  });
});
