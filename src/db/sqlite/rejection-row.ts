import type { Rejection } from '../../domain/rejection.ts';

/** A row of `rejections` as SQLite gives it. */
export interface RejectionRow {
  readonly seq: number;
  readonly id: string;
  readonly automation: string;
  readonly reason: Rejection['reason'];
  readonly http_status: number;
  readonly received_at: number;
  readonly last_at: number;
  readonly copies: number;
  readonly peer: string;
  readonly headers: string;
  readonly query: string;
  readonly body_bytes: number;
  readonly body_sha256: string | null;
  readonly kept_bytes: number | null;
  readonly is_authentic: number;
  readonly status: Rejection['status'];
  readonly outcome: string | null;
  readonly run: string | null;
}

export function toRejection(row: RejectionRow): Rejection {
  return {
    id: row.id,
    automation: row.automation,
    reason: row.reason,
    httpStatus: row.http_status,
    receivedAt: row.received_at,
    lastAt: row.last_at,
    copies: row.copies,
    peer: row.peer,
    headers: JSON.parse(row.headers),
    query: row.query,
    bodyBytes: row.body_bytes,
    hasBody: row.kept_bytes !== null,
    isAuthentic: row.is_authentic === 1,
    status: row.status,
    ...(row.body_sha256 !== null && { bodySha256: row.body_sha256 }),
    ...(row.outcome !== null && { outcome: row.outcome }),
    ...(row.run !== null && { run: row.run }),
  };
}
