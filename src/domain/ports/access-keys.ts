import type { AccessKey } from '../access-key.ts';

/** Keys of callers; only their hashes are kept. */
export interface AccessKeys {
  /** Leaves an audit row; throws `conflict` when a key that is not revoked has the name. */
  addAccessKey(key: AccessKey, hash: string): Promise<void>;
  /** Revoked and expired ones too. */
  findAccessKey(hash: string): Promise<AccessKey | undefined>;
  /** Newest first, revoked ones included. */
  listAccessKeys(): Promise<readonly AccessKey[]>;
  /** By id, or by name among those that are not revoked; leaves an audit row. Undefined when there is none. */
  revokeAccessKey(key: string, by: string, now: number): Promise<AccessKey | undefined>;
  markAccessKeyUsed(id: string, now: number): Promise<void>;
}
