/** One value of a row. */
export type Cell = string | number | boolean | null;

export interface Table {
  readonly title?: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

/** The JSON Schema of a table that a model writes. */
export function tableSchema(maxRows: number) {
  return {
    type: 'object',
    properties: {
      title: { type: 'string', maxLength: 200 },
      columns: { type: 'array', items: { type: 'string', maxLength: 200 }, minItems: 1, maxItems: 30 },
      rows: {
        type: 'array',
        items: { type: 'array', items: { type: ['string', 'number', 'boolean', 'null'] }, maxItems: 30 },
        maxItems: maxRows,
        description: 'One list of values a row, in the order of the columns.',
      },
    },
    required: ['columns', 'rows'],
    additionalProperties: false,
  } as const;
}

/** The table with one value for each column in every row. */
export function squareTable({ columns, rows, ...rest }: Table): Table {
  return { ...rest, columns, rows: rows.map((row) => columns.map((_, index) => row[index] ?? null)) };
}

/** A value as people read it. */
export function cellText(cell: Cell): string {
  return cell === null ? '' : String(cell);
}
