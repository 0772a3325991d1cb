import type { DocumentQuery } from '../../domain/ports/documents.ts';
import type { Value } from './connection.ts';

/** A piece of SQL with the values of its `?`. */
export interface Clause {
  readonly sql: string;
  readonly values: readonly Value[];
}

const FIELD = 'FROM json_each(documents.value) AS field WHERE field.key = ?';

/**
 * Field = value, all of them, after `AND`. Numbers equal numbers, lists and objects equal what was written in the same
 * order; null also equals an absent field. Names and values are bound, never part of the SQL.
 */
export function documentFilter(filter: NonNullable<DocumentQuery['filter']>): Clause {
  const parts = Object.entries(filter)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => fieldEquals(name, value));
  return { sql: parts.map(({ sql }) => `AND ${sql}`).join(' '), values: parts.flatMap(({ values }) => values) };
}

/** By a field's value (absent ones first, numbers before text), else by key. */
export function documentOrder(sort: DocumentQuery['sort']): Clause {
  if (!sort) return { sql: 'ORDER BY key', values: [] };
  const direction = sort.descending ? 'DESC' : 'ASC';
  return { sql: `ORDER BY (SELECT field.value ${FIELD}) ${direction}, key`, values: [sort.field] };
}

function fieldEquals(name: string, value: unknown): Clause {
  const exists = (condition: string, ...values: readonly Value[]): Clause => ({
    sql: `EXISTS (SELECT 1 ${FIELD} AND ${condition})`,
    values: [name, ...values],
  });
  if (value === null) return { sql: `NOT EXISTS (SELECT 1 ${FIELD} AND field.type <> 'null')`, values: [name] };
  if (typeof value === 'boolean') return exists('field.type = ?', String(value));
  if (typeof value === 'number') return exists("field.type IN ('integer', 'real') AND field.value = ?", value);
  if (typeof value === 'string') return exists("field.type = 'text' AND field.value = ?", value);
  return exists("field.type IN ('array', 'object') AND field.value = ?", JSON.stringify(value));
}
