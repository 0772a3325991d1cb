/** Why an operation could not be done; one table maps it to an HTTP status, one to an exit code. */
export type ErrorCode =
  | 'not_found'
  | 'bad_request'
  | 'conflict'
  | 'unauthorized'
  | 'forbidden'
  | 'unavailable'
  | 'upstream'
  | 'state_held'
  | 'state_unreadable'
  | 'state_newer'
  | 'port_in_use'
  | 'bundle_broken'
  | 'usage'
  | 'internal';

/** A refusal that a person reads: `message` says in a sentence what happened and what to do; never a stack trace. */
export class AmodalError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'AmodalError';
    this.code = code;
  }
}
