import type { StoredDocument } from '../store.ts';

export interface DocumentQuery {
  readonly filter?: Readonly<Record<string, unknown>>;
  readonly sort?: { readonly field: string; readonly descending: boolean };
  readonly limit: number;
}

export interface Documents {
  /** Expired documents are not returned. */
  getDocument(store: string, key: string, now: number): Promise<StoredDocument | undefined>;
  listDocuments(store: string, query: DocumentQuery, now: number): Promise<readonly StoredDocument[]>;
  putDocument(
    document: StoredDocument,
    options: { readonly expiresAt?: number; readonly keepVersions?: number },
    now: number,
  ): Promise<void>;
  deleteDocument(store: string, key: string, now: number): Promise<boolean>;
  countDocuments(store: string, now: number): Promise<number>;
}
