import { describe } from 'vitest';
import { describeDatabase } from './conformance.ts';
import { openSqlite } from './world.ts';

describe('the database on SQLite', () => {
  describeDatabase(openSqlite);
});
