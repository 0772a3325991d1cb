import { describe, expect, it } from 'vitest';
import { type Connection, openConnection } from '../../src/db/sqlite/connection.ts';
import { createDatabase } from '../../src/db/sqlite/open-database.ts';
import { openFile } from '../../src/db/sqlite/open-file.ts';
import { NO_FAULTS } from '../../src/domain/ports/faults.ts';
import { DEFAULT_REJECTION_BOUNDS } from '../../src/domain/rejection.ts';
import { tempDir } from '../support/temp-dir.ts';
import {
  audit,
  BROKEN,
  claimBy,
  DONE,
  EVENT,
  ending,
  fire,
  NO_RETRY,
  newDelivery,
  newId,
  newRejection,
  newRun,
  POLICY,
  T0,
} from './fixtures.ts';

/** Tables that grow with history; the others hold one row an automation, or are walked as a whole on purpose. */
const LARGE =
  /\b(runs|events|event_keys|transcript|writes|deliveries|audit|documents|document_versions|waiting|active|turns|conversations|files|rejections|rejected_bodies|mine|earlier|spend|memories|pruned_runs)\b/;
const WALK = /^SCAN (?!.*USING (COVERING )?INDEX)/;

/** Remembers every statement that goes through it. */
function listening(connection: Connection, heard: Set<string>): Connection {
  const hear = (sql: string) => {
    heard.add(sql);
    return sql;
  };
  return {
    ...connection,
    get: (sql, ...values) => connection.get(hear(sql), ...values),
    all: (sql, ...values) => connection.all(hear(sql), ...values),
    run: (sql, ...values) => connection.run(hear(sql), ...values),
  };
}

describe('every statement', () => {
  it('finds its rows by an index, newest and oldest first included', async () => {
    const stateDir = tempDir();
    const heard = new Set<string>();
    const database = createDatabase(listening(openFile(stateDir, NO_FAULTS), heard), NO_FAULTS, newId);

    await database.syncSchedules([{ automation: 'digest', scheduleHash: 'h1', nextFire: T0 }], T0);
    await database.fireSchedule(fire(), T0);
    await database.syncSchedules([], T0);
    for (const overlap of ['parallel', 'skip', 'cancel', 'queue'] as const) {
      await database.enqueueRun(newRun({ overlap, dedupeKey: overlap, dedupeUntil: T0 + 1 }), { limit: 100 }, T0);
    }
    await database.enqueueRun(newRun({ dedupeKey: 'queue' }), { limit: 1 }, T0 + 2);
    await database.enqueueRun(newRun({ availableAt: T0 + 5 }), {}, T0);
    for (const replayKey of ['a', 'b']) {
      const coalesce = { key: 'c', quietMs: 1, maxMs: 5 };
      const parts = { keys: ['p', replayKey], eventOf: () => EVENT };
      await database.enqueueRun(newRun({ dedupeKey: replayKey, replayKey, coalesce, parts }), {}, T0);
    }
    const held = await claimBy(database, 'a', T0);
    const { id, fence } = held!.run;
    await database.startRun(id, fence, { commit: null, dirty: false, fileHash: '', bundleHash: '' }, T0);
    await database.heartbeatRun(id, fence, 1, T0);
    const call = { run: id, call: '1', tool: 't', operation: 'o', idempotencyKey: 'k', at: T0 };
    await database.recordWriteIntent(call, fence, audit('write.intent'), T0);
    await database.recordWriteOutcome(id, '1', { result: 'applied' }, audit('write.outcome'), T0);
    await database.listLostRuns({}, T0);
    await database.listLostRuns({ notOwner: 'b' }, T0);
    const end = ending(held!, BROKEN, { policy: NO_RETRY });
    await database.reclaimRun({ run: id, fence, policy: POLICY, alerts: end.alerts }, T0);
    for (let next = await claimBy(database, 'b', T0); next; next = await claimBy(database, 'b', T0)) {
      await database.settleRun(ending(next, DONE, { deliveries: [newDelivery(next.run.id)] }), T0);
    }
    await database.claimRun({ owner: 'a', leaseMs: 1, run: id }, T0);
    await database.requestCancel(id, 'cli', T0);
    await database.listRuns({ limit: 5 });
    await database.listRuns({ limit: 5, automation: 'digest', before: id });
    await database.listOccurrences('digest', 0, T0);
    await database.getRunEvent(id);
    await database.countRuns();
    await database.readTranscript(id, 1, 5);
    await database.nextDeliveryAt();
    await database.claimDeliveries({ limit: 5, leaseMs: 1, run: id }, T0);
    const [first, second] = await database.claimDeliveries({ limit: 5, leaseMs: 1 }, T0);
    for (const row of [first, second]) {
      const result = { ok: false, retryable: false, error: 'no' } as const;
      if (row) await database.settleDelivery({ id: row.id, fence: row.fence, result, audit: audit() }, T0);
      if (row) await database.redriveDelivery(row.id, 'cli', T0);
    }
    for (const filter of [{ run: id }, { automation: 'digest' }, { status: 'dead' as const }, {}]) {
      await database.listDeliveries({ ...filter, limit: 5 });
    }
    const document = { store: 's', key: 'k', value: { n: 1 }, origin: 'trusted', run: id, updatedAt: T0 } as const;
    await database.putDocument(document, { expiresAt: T0 + 1, keepVersions: 2 }, T0);
    await database.getDocument('s', 'k', T0);
    await database.listDocuments('s', { filter: { n: 1 }, sort: { field: 'n', descending: true }, limit: 5 }, T0);
    await database.countDocuments('s', T0);
    await database.deleteDocument('s', 'k', T0);
    await database.keepRejection(newRejection({ id: 'rej_1' }), T0);
    await database.keepRejection(newRejection({ id: 'rej_1' }), T0);
    for (const filter of [{}, { automation: 'digest' }, { since: T0 }, { status: 'kept' as const, since: T0 }]) {
      await database.listRejections({ ...filter, limit: 5 });
    }
    await database.getRejection('rej_1');
    await database.readRejectionBody('rej_1');
    await database.settleRejection('rej_1', { status: 'redelivered', outcome: 'ran', by: 'cli' }, T0);
    await database.pruneRejections({ ...DEFAULT_REJECTION_BOUNDS, unproven: { rows: 0, bytes: 0 } }, T0);
    await database.listAudit({ limit: 5 });
    await database.listAudit({ run: id, limit: 5 });
    await database.auditHead();
    await database.lastBundleLoaded();
    const usage = { type: 'usage', content: { model: 'm', inputTokens: 1, outputTokens: 1, costUsd: 1 } } as const;
    await database.appendTranscript(id, undefined, [usage], T0);
    await database.listSpent('digest', 0);
    for (const by of ['automation', 'model', 'day'] as const) await database.sumSpend({ by, since: 0, until: T0 + 1 });
    const note = { automation: 'digest', key: 'k', text: 't', origin: 'trusted', author: id, updatedAt: T0 } as const;
    await database.putNote(note, { maxBytes: 100 }, T0);
    await database.getNote('digest', 'k');
    await database.listNotes('digest');
    await database.deleteNote('digest', 'k', {}, T0);

    const turn = { id: 'sess_1', owner: 'o', question: 'q', answer: 'a', expiresAt: T0 + 1 };
    const threaded = newRun({ overlap: 'parallel', turn: { ...turn, id: 'sess_2', thread: 't' } });
    await database.enqueueRun(newRun({ overlap: 'parallel', turn }), {}, T0);
    await database.enqueueRun(threaded, {}, T0);
    await database.enqueueRun(newRun({ overlap: 'parallel', turn }), {}, T0);
    await database.getConversation('sess_1', T0);
    await database.listTurns('sess_1', { before: threaded.id, limit: 5 });
    await database.getRunTurn(threaded.id);
    for (const place of [{ owner: 'o' }, { run: id }]) {
      const text = { filename: 'a', mediaType: 'text/plain', kind: 'upload', ...place } as const;
      const saved = await database.saveFile(text, Buffer.from('a'), { maxBytes: 9, maxFiles: 9 }, T0);
      if (saved.ok) await database.readFile(saved.file.id, T0);
    }
    await database.listRunFiles(id, T0);
    await database.removeExpired(T0 * 2);
    await database.pruneRuns({ before: T0 * 2, limit: 50 }, T0 * 2);
    await database.pruneRuns({ before: T0 * 2, limit: 50, after: { endedAt: T0, row: 1 } }, T0 * 2);
    await database.pruneAudit({ before: T0 * 2, limit: 50 }, T0 * 2);
    await database.auditAnchor();

    const file = openConnection(`${stateDir}/amodal.db`, 0);
    const walks = [...heard]
      .filter((sql) => /^\s*(SELECT|UPDATE|DELETE|WITH)/.test(sql))
      .flatMap((sql) => {
        const values = Array.from({ length: sql.split('?').length - 1 }, () => null);
        const plan = file.all<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`, ...values);
        // By rowid in its own order with a limit is no walk: it ends after the page.
        const paged =
          /ORDER BY seq( DESC)? LIMIT/.test(sql) && !plan.some(({ detail }) => detail.includes('TEMP B-TREE'));
        return plan
          .filter(({ detail }) => WALK.test(detail) && LARGE.test(detail) && !paged)
          .map(({ detail }) => `${detail}: ${sql}`);
      });
    expect(heard.size).toBeGreaterThan(60);
    expect(walks).toEqual([]);
    file.close();
    await database.close();
  });
});
