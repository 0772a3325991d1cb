import { createKey, listKeys, revokeKey } from './access-keys.ts';
import { cancelRun } from './cancel-run.ts';
import { doctor } from './doctor.ts';
import { followRun, runEvents } from './follow-run.ts';
import { diagnostics, health } from './health.ts';
import { listAutomations, showAutomation } from './list-automations.ts';
import { listDeliveries, redriveDelivery } from './list-deliveries.ts';
import { listRejections, showRejection } from './list-rejections.ts';
import { listDocuments, listStores } from './list-stores.ts';
import { listWebhooks } from './list-webhooks.ts';
import { deleteNote, listNotes, setNote } from './notes.ts';
import type { Operations } from './operations.ts';
import { pauseAutomation, resumeAutomation } from './pause-automation.ts';
import type { OperationsPorts } from './ports.ts';
import { redeliverRejections } from './redeliver-rejections.ts';
import { replayRun } from './replay-run.ts';
import { historyOf, showRun } from './show-run.ts';
import { sumSpend } from './sum-spend.ts';
import { testWebhook } from './test-webhook.ts';
import { previewTrigger, triggerAutomation } from './trigger-automation.ts';
import { listAudit, verifyAudit } from './verify-audit.ts';
import { verifyLedger } from './verify-ledger.ts';
import { rotateWebhook, webhookUrlOf } from './webhook-url-of.ts';

/** The use cases over their ports, for the runtime that holds the state. */
export function createOperations(ports: OperationsPorts): Operations {
  return {
    listAutomations: listAutomations(ports),
    showAutomation: showAutomation(ports),
    triggerAutomation: triggerAutomation(ports),
    previewTrigger: previewTrigger(ports),
    pauseAutomation: pauseAutomation(ports),
    resumeAutomation: resumeAutomation(ports),
    historyOf: historyOf(ports),
    webhookUrlOf: webhookUrlOf(ports),
    rotateWebhook: rotateWebhook(ports),
    showRun: showRun(ports),
    runEvents: runEvents(ports),
    followRun: followRun(ports),
    cancelRun: cancelRun(ports),
    replayRun: replayRun(ports),
    createKey: createKey(ports),
    listKeys: listKeys(ports),
    revokeKey: revokeKey(ports),
    listDeliveries: listDeliveries(ports),
    redriveDelivery: redriveDelivery(ports),
    listStores: listStores(ports),
    listDocuments: listDocuments(ports),
    sumSpend: sumSpend(ports),
    listNotes: listNotes(ports),
    setNote: setNote(ports),
    deleteNote: deleteNote(ports),
    listAudit: listAudit(ports),
    verifyAudit: verifyAudit(ports),
    verifyLedger: verifyLedger(ports),
    listWebhooks: listWebhooks(ports),
    listRejections: listRejections(ports),
    showRejection: showRejection(ports),
    redeliverRejections: redeliverRejections(ports),
    testWebhook: testWebhook(ports),
    doctor: doctor(ports),
    diagnostics: diagnostics(ports),
    health: health(ports),
  };
}
