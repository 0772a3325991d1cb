/** A field's type as a store file declares it. */
export type StoreField = { readonly nullable?: boolean } & (
  | { readonly type: 'string' | 'boolean' | 'datetime' }
  | { readonly type: 'number'; readonly min?: number; readonly max?: number }
  | { readonly type: 'enum'; readonly values: readonly string[] }
  | { readonly type: 'array'; readonly item: StoreField }
  | { readonly type: 'object'; readonly fields: Readonly<Record<string, StoreField>> }
  | { readonly type: 'ref'; readonly store: string }
);

/** `stores/<name>.json`, entity and flat form brought to one shape. */
export interface StoreDefinition {
  readonly name: string;
  readonly entity: string;
  /** `{field}` parts and literal text; every field it names is in `schema` and not nullable. */
  readonly key: string;
  readonly schema: Readonly<Record<string, StoreField>>;
  readonly indexed: readonly string[];
  /** Seconds after the last write at which a document is gone. */
  readonly ttlSeconds?: number;
  readonly historyVersions?: number;
  readonly shared: boolean;
  readonly automationWritable: boolean;
}

/** One stored document. `origin` is `untrusted` when the run that wrote it was started by an outside event. */
export interface StoredDocument {
  readonly store: string;
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
  readonly origin: 'trusted' | 'untrusted';
  readonly run: string;
  readonly updatedAt: number;
}
