/** One value of a row as JSON: numbers that JavaScript would round are text, bytes are described. */
export type Cell = null | boolean | number | string | object;

/** Where the statement runs; credentials are already values, so this never leaves but over a child's stdin. */
export type SqlTarget = SqliteTarget | ServerTarget;

export interface SqliteTarget {
  readonly driver: 'sqlite';
  /** Absolute path. */
  readonly file: string;
}

export interface ServerTarget {
  readonly driver: 'postgres' | 'mysql';
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** Undefined = verified on public addresses, off on private ones. */
  readonly tls?: 'off' | 'unverified' | 'verified';
  /** Certificates in PEM form that count besides the system's. */
  readonly ca?: string;
  readonly allowPrivateNetwork: boolean;
}

/** What a worker reads from its stdin. */
export interface SqlJob {
  readonly target: SqlTarget;
  readonly sql: string;
  readonly params: readonly (string | number | boolean | null)[];
  readonly maxRows: number;
  readonly maxBytes: number;
  readonly timeoutMs: number;
  /** Resident memory of the worker. */
  readonly maxMemoryBytes: number;
}

/** What a worker writes to its stdout. */
export type SqlAnswer =
  | {
      readonly ok: true;
      readonly columns: readonly string[];
      readonly rows: readonly (readonly Cell[])[];
      /** Which cap left rows out; undefined = these are all. */
      readonly cut?: 'rows' | 'bytes';
    }
  | { readonly ok: false; readonly error: string };
