/** What came of reading a request's body. */
export type BodyReading =
  /** `release` gives back the memory that the body takes; to be called once it is on disk. */
  | { readonly ok: true; readonly body: Buffer; readonly release: () => void }
  /** `encoding`: it is compressed. `busy`: no memory for it now. `aborted`: the sender hung up. */
  | { readonly ok: false; readonly reason: 'too_large' | 'timeout' | 'aborted' | 'encoding' | 'busy' };

/** A request below `/webhooks/` before its body is read. */
export interface InboundRequest {
  readonly method: string;
  /** Decoded segments after `/webhooks/`. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
  /** Every line of each header, lower-case names, in order. */
  readonly headers: Readonly<Record<string, readonly string[]>>;
  /** The sender's address, trusted proxies already taken off. */
  readonly peer: string;
  /** Aborts when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  /** Aborts when the runtime stops: whoever waits for a run is told where to look. */
  readonly stopping: AbortSignal;
  readBody(maxBytes: number): Promise<BodyReading>;
}

/** The answer to a sender: JSON, or a text that its handshake wants. */
export interface InboundAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body:
    | Readonly<Record<string, unknown>>
    | { readonly contentType: string; readonly text: string }
    | undefined;
}
