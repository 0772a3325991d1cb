/** Where a right stands: a file relative to the bundle's folder, the keys on the way to it, and where else it may. */
export interface Place {
  readonly file: string;
  readonly path: readonly (string | number)[];
  /** Where it is inherited from when the file says nothing of it. */
  readonly otherwise?: Place;
}

/** One thing of a list. Two are the same when their keys are; `text` is what people see: never a secret. */
export interface RightItem {
  readonly key: string;
  readonly text: string;
  readonly place?: Place;
}

/** How much a right is, in a form that can be compared. */
export type RightValue =
  /** Each item allows something. */
  | { readonly type: 'grant'; readonly items: readonly RightItem[] }
  /** Each item forbids something. */
  | { readonly type: 'guard'; readonly items: readonly RightItem[] }
  /** Only these names, `name_*` for all that begin so; undefined = everything. */
  | { readonly type: 'only'; readonly items: readonly string[] | undefined }
  /** A bound, undefined = none; what is new is worth a word only above `usual`. */
  | { readonly type: 'most'; readonly number: number | undefined; readonly usual?: number }
  /** A step on a scale, more is wider; what is new is worth a word only above `usual`. */
  | { readonly type: 'level'; readonly level: number; readonly text: string; readonly usual?: number };

/** One thing that files in Git allow or forbid. Subject and name together are unique in a bundle. */
export interface Right {
  readonly subject: string;
  readonly name: string;
  readonly value: RightValue;
  readonly place: Place;
}

/** One difference between two bundles; `before` and `after` are for people, null = there was nothing. */
export interface RightChange {
  readonly subject: string;
  readonly right: string;
  readonly before: string | null;
  readonly after: string | null;
  readonly place: Place;
}

/** What a bundle allows more than another one, and what it allows less. */
export interface RightsDiff {
  readonly widened: readonly RightChange[];
  readonly narrowed: readonly RightChange[];
}

/** A flag that allows something when it is true. */
export function flagRight(on: boolean | undefined): RightValue {
  return { type: 'level', level: on ? 1 : 0, text: String(on ?? false) };
}
