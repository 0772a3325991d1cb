/** The kinds of lines in a run's record; also the `type` of `/api/runs/:id/events`. */
export type TranscriptType =
  | 'run.queued'
  | 'run.started'
  | 'run.retry'
  | 'prompt'
  | 'agent.message'
  | 'tool.call'
  | 'tool.result'
  | 'tool.refused'
  /** Replays that only show: what would have been written, delivered, alerted. */
  | 'write.captured'
  | 'usage'
  | 'delivery.queued'
  | 'delivery.sent'
  | 'delivery.failed'
  | 'delivery.dead'
  /** The result is empty, and the file wants nobody to be told. */
  | 'delivery.suppressed'
  | 'delivery.captured'
  | 'alert.queued'
  | 'alert.sent'
  | 'alert.failed'
  | 'alert.captured'
  | 'session.status_closed';

/** One line of a run's record; `seq` grows by one within the run and is the SSE event id. */
export interface TranscriptEntry {
  readonly seq: number;
  readonly at: number;
  readonly attempt: number;
  readonly type: TranscriptType;
  /** Redacted before it gets here. */
  readonly content: Readonly<Record<string, unknown>>;
}

export type NewTranscriptEntry = Pick<TranscriptEntry, 'type' | 'content'>;
