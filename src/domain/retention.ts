/** How long history is kept, in days; null = for ever. Nothing that is under way or not yet delivered goes. */
export interface Retention {
  /** Ended runs with their events, transcripts, deliveries and spend. */
  readonly runsDays: number | null;
  readonly auditDays: number | null;
}

export const DEFAULT_RETENTION: Retention = { runsDays: 90, auditDays: null };

const DAY_MS = 86_400_000;

/** What ended before this time (epoch ms) may go; undefined = all of it stays. */
export function keptSince(days: number | null, now: number): number | undefined {
  return days === null ? undefined : now - days * DAY_MS;
}
