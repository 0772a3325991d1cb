import type { AccessKeys } from './access-keys.ts';
import type { Audit } from './audit.ts';
import type { AutomationStates } from './automation-states.ts';
import type { Conversations } from './conversations.ts';
import type { Documents } from './documents.ts';
import type { Files } from './files.ts';
import type { Memories } from './memories.ts';
import type { Outbox } from './outbox.ts';
import type { Rejections } from './rejections.ts';
import type { Retained } from './retained.ts';
import type { RunQueue } from './run-queue.ts';
import type { Spending } from './spending.ts';

/** Everything durable. Each verb is one transaction and is committed (`synchronous=FULL`) when its promise resolves. */
export interface Database
  extends RunQueue,
    Outbox,
    AutomationStates,
    Documents,
    Audit,
    AccessKeys,
    Conversations,
    Files,
    Rejections,
    Memories,
    Spending,
    Retained {
  /** Cheap round trip; false when the state cannot be written. */
  healthy(): Promise<boolean>;
  close(): Promise<void>;
}
