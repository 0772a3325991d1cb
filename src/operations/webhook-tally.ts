/** What became of a request to a hook that exists. `refused` has a reason of `RejectionReason`, `ignored` names the setting. */
export type WebhookOutcome =
  | 'accepted'
  | 'coalesced'
  | 'duplicate'
  | 'ignored'
  | 'skipped'
  | 'paused'
  | 'refused'
  | 'limited'
  | 'unavailable'
  | 'handshake';

export interface WebhookCount {
  readonly automation: string;
  readonly outcome: WebhookOutcome;
  readonly reason: string;
  readonly count: number;
}

/** Counts what came of requests since this process began; one line for each automation, outcome and reason. */
export interface WebhookTally {
  /** Epoch ms. */
  readonly since: number;
  add(automation: string, outcome: WebhookOutcome, reason?: string): void;
  counts(): readonly WebhookCount[];
}

export function createWebhookTally(since: number): WebhookTally {
  const lines = new Map<string, WebhookCount>();
  return {
    since,
    add: (automation, outcome, reason = '') => {
      const key = `${automation}\u0000${outcome}\u0000${reason}`;
      const count = (lines.get(key)?.count ?? 0) + 1;
      lines.set(key, { automation, outcome, reason, count });
    },
    counts: () => [...lines.values()],
  };
}
