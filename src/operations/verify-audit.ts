import { createHash } from 'node:crypto';
import { AUDIT_GENESIS, type AuditHead, type AuditRecord, auditText } from '../domain/audit.ts';
import type { Operations } from './operations.ts';
import type { OperationsPorts } from './ports.ts';
import type { AuditProof } from './record-operations.ts';

const PAGE = 1000;

const START: AuditHead = { seq: 0, hash: AUDIT_GENESIS };

/** The audit trail, oldest first. */
export function listAudit({ database }: OperationsPorts): Operations['listAudit'] {
  return (filter) => database.listAudit(filter);
}

/**
 * Recomputes every link of the chain and looks for its end as the database noted it, and for `expect` as somebody noted
 * it elsewhere; the first record that does not fit or is missing is named.
 */
export function verifyAudit({ database }: OperationsPorts): Operations['verifyAudit'] {
  return async ({ expect } = {}) => {
    const noted = await database.auditHead();
    const known = [noted, expect].flatMap((head) => (head && head.seq > 0 ? [head] : []));
    let last = START;
    for (;;) {
      const page = await database.listAudit({ after: last.seq, limit: PAGE });
      for (const record of page) {
        const problem = problemOf(record, last, known);
        if (problem) return broken(last, record.seq, problem);
        last = record;
      }
      if (page.length < PAGE) return endOf(last, { noted, known });
    }
  };
}

function problemOf(record: AuditRecord, previous: AuditHead, known: readonly AuditHead[]): string | undefined {
  const { hash, seq, previousHash, ...rest } = record;
  if (seq !== previous.seq + 1) return `record ${previous.seq + 1} is missing`;
  if (previousHash !== previous.hash) return 'it does not follow the record before it';
  const text = auditText({ ...rest, seq, previousHash });
  if (createHash('sha256').update(text).digest('hex') !== hash) return 'it was changed after it was written';
  const other = known.find((head) => head.seq === seq && head.hash !== hash);
  return other && 'it is not the record that was noted under its number';
}

/** Records that were noted and do not come any more: the end was cut off. */
function endOf(
  last: AuditHead,
  { noted, known }: { readonly noted: AuditHead | undefined; readonly known: readonly AuditHead[] },
): AuditProof {
  const furthest = known.reduce((seq, head) => Math.max(seq, head.seq), 0);
  if (furthest > last.seq)
    return broken(last, last.seq + 1, `the trail ends here, and it went on to record ${furthest}`);
  if (!noted && last.seq > 0) return broken(last, last.seq, 'the note of where the trail ends is missing');
  const head = last.seq === 0 ? null : { seq: last.seq, hash: last.hash };
  return { ok: true, records: last.seq, brokenAt: null, problem: null, head };
}

function broken({ seq }: AuditHead, brokenAt: number, problem: string): AuditProof {
  return { ok: false, records: seq, brokenAt, problem, head: null };
}
