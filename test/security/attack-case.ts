/** One attack of the shared vectors as a test: it throws unless the promise held. */
export interface AttackCase {
  /** As the vectors name it, e.g. `RW-01`. */
  readonly id: string;
  readonly title: string;
  readonly run: () => Promise<void> | void;
}

/** A function that adds a case to a list. */
export function attacksInto(cases: AttackCase[]) {
  return (id: string, title: string, run: AttackCase['run']): void => {
    cases.push({ id, title, run });
  };
}
