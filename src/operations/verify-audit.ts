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
 * Recomputes every link of the chain from its beginning, or from where retention cut it off, and looks for its end as the
 * database noted it, and for `expect` as somebody noted it elsewhere; the first record that does not fit or is missing is
 * named.
 */
export function verifyAudit({ database }: OperationsPorts): Operations['verifyAudit'] {
  return async ({ expect } = {}) => {
    for (;;) {
      const anchor = await database.auditAnchor();
      const proof = await prove(database, { anchor, expect });
      // Retention went on meanwhile: what is missing was there when it was proved.
      if (proof.ok || (await database.auditAnchor())?.seq === anchor?.seq) return proof;
    }
  };
}

interface Claims {
  /** The last record that retention removed. */
  readonly anchor: AuditHead | undefined;
  readonly expect: AuditHead | undefined;
}

async function prove(database: OperationsPorts['database'], { anchor, expect }: Claims): Promise<AuditProof> {
  const noted = await database.auditHead();
  const known = [noted, expect].flatMap((head) => (head && head.seq > 0 ? [head] : []));
  const first = anchor ?? START;
  const lost = expect && lostProblem(expect, first);
  if (lost) return broken(first, first, { at: expect.seq, problem: lost });
  let last = first;
  let isExplained = anchor === undefined;
  for (;;) {
    const page = await database.listAudit({ after: last.seq, limit: PAGE });
    for (const record of page) {
      const problem = problemOf(record, last, known);
      if (problem) return broken(first, last, { at: record.seq, problem });
      isExplained ||= tellsOf(record, first);
      last = record;
    }
    if (page.length < PAGE) return endOf({ first, last, isExplained }, { noted, known });
  }
}

/** Nothing can be proved of what retention took, but that its last record was this one. */
function lostProblem({ seq, hash }: AuditHead, first: AuditHead): string | undefined {
  if (seq > first.seq || (seq === first.seq && hash === first.hash) || first.seq === 0) return undefined;
  return seq === first.seq
    ? 'it is not the record that was noted under its number'
    : `it was removed by retention with all up to record ${first.seq}, so nothing is known of it any more`;
}

/** Retention leaves a record of what it took, within the chain. */
function tellsOf({ action, details }: AuditRecord, { seq, hash }: AuditHead): boolean {
  return action === 'audit.pruned' && details.through === seq && details.hash === hash;
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

interface Proved {
  readonly first: AuditHead;
  readonly last: AuditHead;
  /** The chain says itself why it does not begin at its beginning. */
  readonly isExplained: boolean;
}

/** Records that were noted and do not come any more: the end was cut off. */
function endOf(
  { first, last, isExplained }: Proved,
  { noted, known }: { readonly noted: AuditHead | undefined; readonly known: readonly AuditHead[] },
): AuditProof {
  const furthest = known.reduce((seq, head) => Math.max(seq, head.seq), 0);
  if (furthest > last.seq) {
    const problem = `the trail ends here, and it went on to record ${furthest}`;
    return broken(first, last, { at: last.seq + 1, problem });
  }
  if (!noted && last.seq > 0) {
    return broken(first, last, { at: last.seq, problem: 'the note of where the trail ends is missing' });
  }
  if (!isExplained) {
    const problem = 'the trail begins after it, and no record says that retention removed it';
    return broken(first, first, { at: first.seq, problem });
  }
  const head = last.seq === 0 ? null : { seq: last.seq, hash: last.hash };
  return { ok: true, records: last.seq - first.seq, pruned: prunedOf(first), brokenAt: null, problem: null, head };
}

function broken(
  first: AuditHead,
  last: AuditHead,
  { at, problem }: { readonly at: number; readonly problem: string },
): AuditProof {
  const records = last.seq - first.seq;
  return { ok: false, records, pruned: prunedOf(first), brokenAt: at, problem, head: null };
}

function prunedOf({ seq, hash }: AuditHead): AuditHead | null {
  return seq === 0 ? null : { seq, hash };
}
