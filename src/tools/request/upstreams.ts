/** What a request to an upstream looks like once everything is decided. */
export interface UpstreamRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly allowPrivateNetwork: boolean;
  readonly signal: AbortSignal;
}

export type UpstreamAnswer =
  | {
      readonly ok: true;
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly text: string;
    }
  /** `sent: false` = no byte of the request has left. */
  | { readonly ok: false; readonly error: string; readonly sent: boolean };

/** How `request` reaches what stands behind connections. */
export interface Upstreams {
  /** One request over the guarded client: no redirect is followed, and it never throws. */
  readonly send: (request: UpstreamRequest) => Promise<UpstreamAnswer>;
  /** Where the `git` binary is looked for (`PATH`). */
  readonly searchPath: string;
}
