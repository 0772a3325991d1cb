import type { AccessKey } from '../domain/access-key.ts';

/** Who asks: the admin, or a program with an access key. */
export type Principal = { readonly type: 'admin' } | { readonly type: 'key'; readonly key: AccessKey };
