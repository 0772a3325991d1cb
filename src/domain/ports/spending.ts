import type { SpendKey, SpendRow, Spent } from '../spend.ts';

/** What model calls cost; each `usage` line of a record is one call. */
export interface Spending {
  /** The known dollars of an automation since a time, oldest first, at most one entry an hour. */
  listSpent(automation: string, since: number): Promise<readonly Spent[]>;
  /** Most dollars first; days: newest first. `since` and `until` (exclusive) are epoch ms. */
  sumSpend(sum: {
    readonly by: SpendKey;
    readonly since: number;
    readonly until: number;
  }): Promise<readonly SpendRow[]>;
}
