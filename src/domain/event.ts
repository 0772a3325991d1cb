/** What started a run, as it came in: kept whole, shown to the model only as data. */
export interface Event {
  /** Where from: `webhook`, `manual`, `cron`, `replay`. */
  readonly source: 'webhook' | 'manual' | 'cron' | 'replay';
  /** The payload's exact text (UTF-8) for webhooks and manual events; undefined for cron. */
  readonly body?: string;
  /** `text` marks an authentic body that did not parse; `binary` one that was not UTF-8 (body is then base64). */
  readonly format: 'json' | 'form' | 'text' | 'binary' | 'none';
  /** Allow-listed headers only (event type, delivery id), lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** Query parameters without the runtime's own (`token`, `wait`). */
  readonly query: Readonly<Record<string, string>>;
  /** The sender's name for what happened, e.g. `push`; undefined when the preset knows none. */
  readonly eventType?: string;
  /** What the sender's preset calls it for people, e.g. `Project created: Website`. */
  readonly title?: string;
  /** Ids of the files that came with it. */
  readonly files?: readonly string[];
}
