import { describeAudit } from './conformance/audit.ts';
import { describeCalls } from './conformance/calls.ts';
import { describeClaim } from './conformance/claim.ts';
import { describeDocuments } from './conformance/documents.ts';
import { describeEnqueue } from './conformance/enqueue.ts';
import { describeEventKeys } from './conformance/event-keys.ts';
import { describeOutbox } from './conformance/outbox.ts';
import { describeRejections } from './conformance/rejections.ts';
import { describeRetained } from './conformance/retained.ts';
import { describeSchedules } from './conformance/schedules.ts';
import { describeSettle } from './conformance/settle.ts';
import type { OpenStore } from './world.ts';

/** What every driver of the `Database` port must do; run it over a factory of fresh stores. */
export function describeDatabase(open: OpenStore): void {
  describeEnqueue(open);
  describeEventKeys(open);
  describeClaim(open);
  describeSettle(open);
  describeSchedules(open);
  describeOutbox(open);
  describeDocuments(open);
  describeRejections(open);
  describeAudit(open);
  describeCalls(open);
  describeRetained(open);
}
