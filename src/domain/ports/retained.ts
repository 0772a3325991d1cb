/** Removing what is kept no longer, in steps so small that nobody waits for one. */
export interface Retained {
  /**
   * Looks at up to `limit` runs that ended before `before` and removes those that nothing needs any more, with all that
   * hangs on them; leaves an audit row `runs.pruned`. Never one that is under way, has a delivery that is not settled,
   * belongs to a living conversation, or is being replayed. Keys by which its event is known again stay until they
   * expire, and the account of its schedule begins after it.
   */
  pruneRuns(
    step: { readonly before: number; readonly limit: number; readonly after?: PrunedThrough },
    now: number,
  ): Promise<{ readonly runs: number; readonly next?: PrunedThrough }>;
  /**
   * Removes up to `limit` records from the beginning of the audit trail, all older than `before`, and says how many.
   * A record `audit.pruned` names the last of them by number and hash, as does `auditAnchor`.
   */
  pruneAudit(step: { readonly before: number; readonly limit: number }, now: number): Promise<number>;
  /** Gives up to so many unused pages back to the disk; 0 = there is nothing worth it, or the file cannot. */
  shrinkFile(pages: number): Promise<number>;
}

/** Where the next step goes on. */
export interface PrunedThrough {
  readonly endedAt: number;
  readonly row: number;
}
