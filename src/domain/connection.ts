import type { Rate } from './rate-limits.ts';
import type { Reference } from './secret.ts';

/** How requests of a connection prove who they are; the model never sees it. */
export interface ConnectionAuth {
  readonly type: 'bearer' | 'api_key' | 'basic' | 'header' | 'oauth2-client-credentials';
  readonly token?: Reference;
  readonly header?: string;
  readonly prefix?: string;
  readonly username?: Reference;
  readonly password?: Reference;
  readonly tokenUrl?: Reference;
  readonly clientId?: Reference;
  readonly clientSecret?: Reference;
  readonly scope?: string;
}

/** What `access.json` says of one operation. */
export interface EndpointAccess {
  /** Upper-case HTTP method. */
  readonly method: string;
  /** `/path/{param}`: a parameter matches exactly one segment. */
  readonly path: string;
  readonly intent?: 'read' | 'write';
  readonly confirm: boolean | 'review' | 'never';
  readonly returns: readonly string[];
  readonly reason?: string;
  readonly thresholds: readonly {
    readonly field: string;
    readonly above: number;
    readonly escalate: 'review' | 'never';
  }[];
}

export interface FieldRestriction {
  readonly entity: string;
  readonly field: string;
  readonly policy: 'never_retrieve' | 'retrieve_but_redact' | 'role_gated';
  readonly sensitivity?: string;
  readonly reason?: string;
  readonly allowedRoles?: readonly string[];
}

/** An API description that stands beside a connection, to be compared with the live one. */
export interface StoredSpec {
  /** Relative to the bundle's folder. */
  readonly file: string;
  /** `openapi` includes Swagger 2. */
  readonly format: 'openapi' | 'graphql';
}

/** An upstream of `connections/<name>/`. */
export interface Connection {
  readonly name: string;
  /** `git` answers GET requests from the committed files and history of a local repository, in the process. */
  readonly protocol: 'http' | 'git' | 'mcp' | 'sql' | 'slack' | 'smtp';
  readonly baseUrl: Reference;
  readonly format: 'rest' | 'graphql';
  readonly auth?: ConnectionAuth;
  /** Resolved only for writes of a run that may write. */
  readonly writeAuth?: ConnectionAuth;
  readonly headers: Readonly<Record<string, Reference>>;
  /** Where the live description is; in a repository its path is `spec.specPath`. */
  readonly specUrl?: Reference;
  readonly storedSpec?: StoredSpec;
  readonly testPath?: string;
  readonly allowPrivateNetwork: boolean;
  readonly endpoints: readonly EndpointAccess[];
  readonly fieldRestrictions: readonly FieldRestriction[];
  /** Path templates; if there are any, only these and declared reads may be read. */
  readonly readPaths?: readonly string[];
  /** Slack channels or mail addresses (`*@acme.com`: a whole domain) that messages may go to; there are no others. */
  readonly recipients?: readonly string[];
  /** Calls by all runs of a process together. */
  readonly rate?: Rate;
  /** `public`: others can see what arrives there, so runs on untrusted input do not call it. */
  readonly egress?: 'public';
  readonly surface?: string;
  readonly entities?: string;
  readonly rules?: string;
  /** The whole `spec.json` as written, for protocols whose rooms read more of it (`mcp`, `sql`). */
  readonly spec: Readonly<Record<string, unknown>>;
}
