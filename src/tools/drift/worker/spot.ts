import type { Tell } from './changes.ts';

/** What a caller sends, or what it gets: the same change can break the one and not the other. */
export type Direction = 'request' | 'response';

export interface SchemaPlace {
  readonly at: string;
  /** What the schema is of: `the body`, `answer 200`, `the body: items.name`. */
  readonly what: string;
  readonly direction: Direction;
}

/** Where a comparison is, and how it tells what it finds. */
export interface Spot extends SchemaPlace {
  readonly tell: Tell;
  readonly depth: number;
}
