import { createHash } from 'node:crypto';

/** What every access key begins with. */
export const ACCESS_KEY_PREFIX = 'ak_';

/** A key that a program calls automations with; the key itself is stored nowhere. Times are epoch ms. */
export interface AccessKey {
  /** `key_` and a time-ordered UUID. */
  readonly id: string;
  /** What people call it; unique among the keys that are not revoked. */
  readonly name: string;
  /** The only automation that it opens; undefined = all. */
  readonly automation?: string;
  readonly createdBy: string;
  readonly createdAt: number;
  readonly expiresAt?: number;
  readonly revokedAt?: number;
  /** When it was last used, to the minute. */
  readonly usedAt?: number;
}

export type AccessKeyStatus = 'active' | 'expired' | 'revoked';

export function accessKeyStatus({ revokedAt, expiresAt }: AccessKey, now: number): AccessKeyStatus {
  if (revokedAt !== undefined) return 'revoked';
  return expiresAt !== undefined && expiresAt <= now ? 'expired' : 'active';
}

/** Whether a key may call this automation and read what its runs came to. */
export function opensAutomation({ automation }: AccessKey, name: string): boolean {
  return automation === undefined || automation === name;
}

/** What is stored of a key: its SHA-256, lower hex; enough for a key of 160 random bits or more. */
export function hashAccessKey(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}
