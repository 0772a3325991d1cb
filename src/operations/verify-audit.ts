import { createHash } from 'node:crypto';
import { AUDIT_GENESIS, type AuditRecord, auditText } from '../domain/audit.ts';
import type { Operations } from './operations.ts';
import type { OperationsPorts } from './ports.ts';

const PAGE = 1000;

/** The audit trail, oldest first. */
export function listAudit({ database }: OperationsPorts): Operations['listAudit'] {
  return (filter) => database.listAudit(filter);
}

/** Recomputes every link of the chain; the first record that does not fit is named. */
export function verifyAudit({ database }: OperationsPorts): Operations['verifyAudit'] {
  return async () => {
    let previous = { seq: 0, hash: AUDIT_GENESIS };
    let records = 0;
    for (;;) {
      const page = await database.listAudit({ after: previous.seq, limit: PAGE });
      for (const record of page) {
        if (!follows(record, previous)) return { ok: false, records, brokenAt: record.seq };
        previous = record;
        records += 1;
      }
      if (page.length < PAGE) return { ok: true, records, brokenAt: null };
    }
  };
}

function follows(record: AuditRecord, previous: { readonly seq: number; readonly hash: string }): boolean {
  const { hash, ...rest } = record;
  return (
    record.seq === previous.seq + 1 &&
    record.previousHash === previous.hash &&
    createHash('sha256').update(auditText(rest)).digest('hex') === hash
  );
}
