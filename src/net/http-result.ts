/** Why there is no answer to work with. */
export type HttpFailureReason =
  | 'timeout'
  | 'network'
  | 'aborted'
  | 'blocked_address'
  | 'invalid_request'
  | 'redirect'
  | 'too_large'
  | 'encoding';

export interface HttpAnswer {
  readonly ok: true;
  readonly sent: true;
  readonly status: number;
  /** Lower-case names; several lines of one name joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
  /** Decompressed. */
  readonly bytes: Buffer;
  readonly text: string;
  /** True when the body is an excerpt. */
  readonly truncated: boolean;
}

export interface HttpFailure {
  readonly ok: false;
  readonly reason: HttpFailureReason;
  /** A sentence without query strings, headers or bodies. */
  readonly error: string;
  /** False: surely no byte of the request has left. True: the other side may have acted on it. */
  readonly sent: boolean;
  /** Set when the answer's head had arrived. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

export type HttpResult = HttpAnswer | HttpFailure;

export function httpAnswer(
  { status, headers }: Pick<HttpAnswer, 'status' | 'headers'>,
  bytes: Buffer,
  truncated: HttpAnswer['truncated'],
): HttpAnswer {
  return {
    ok: true,
    sent: true,
    status,
    headers,
    bytes,
    truncated,
    get text() {
      return bytes.toString('utf8');
    },
  };
}
