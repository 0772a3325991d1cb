import { createGit, createTemplates } from '../bundle/index.ts';
import type { Bundles } from '../domain/ports/bundles.ts';
import type { Clock } from '../domain/ports/clock.ts';
import type { Database } from '../domain/ports/database.ts';
import type { Faults } from '../domain/ports/faults.ts';
import type { Logger } from '../domain/ports/logger.ts';
import {
  type Courier,
  createCourier,
  createReaper,
  createScheduler,
  createWorker,
  type Service,
  type Worker,
} from '../engine/index.ts';
import {
  type Callers,
  createCallers,
  createOperations,
  createWebhookTally,
  type Operations,
  type RunWatch,
  type WebhookTally,
  watchRuns,
} from '../operations/index.ts';
import type { RuntimeConfig } from './config.ts';
import { newAccessKey, newId, newNonce } from './ids.ts';
import type { Registries } from './registries.ts';
import { sendToSelf } from './send-to-self.ts';
import { createSessions } from './session.ts';

export interface Parts {
  readonly database: Database;
  readonly bundles: Bundles;
  readonly registries: Registries;
  readonly config: RuntimeConfig;
  readonly clock: Clock;
  readonly faults: Faults;
  readonly logger: Logger;
  readonly instanceSecret: string;
  readonly publicUrl: () => string;
  /** Where this process listens, or will. */
  readonly ownUrl?: () => string;
  readonly drainSeconds?: number;
  /** False until the services run, and again when they stop: `/readyz` says so. */
  readonly isLive?: () => boolean;
  /** True where strangers reach the port and hooks of type `none` were not allowed. */
  readonly refusesUnauthenticated?: boolean;
}

export type Work = 'run' | 'delivery' | 'schedule';

/** The application over its adapters: services that only wait to be started, and the operations. */
export interface Composition {
  /** The same database, whose changes `watch` tells. */
  readonly database: Database;
  readonly watch: RunWatch;
  readonly operations: Operations;
  readonly callers: Callers;
  /** What came of webhooks: written by intake, read by operations and metrics. */
  readonly tally: WebhookTally;
  readonly worker: Worker;
  readonly courier: Courier;
  readonly scheduler: Service;
  readonly reaper: Service;
  /** Called when there is work; whoever runs the services sets it to wake them. */
  onWork: (work: Work) => void;
}

/** Puts the two wings together; nothing runs yet. */
export async function compose(parts: Parts): Promise<Composition> {
  const { database, watch } = watchRuns(parts.database);
  const templates = await createTemplates();
  const told = { ...parts, database, newId, owner: newNonce(), templates };
  const { runSession, previewPrompt } = await createSessions(told);
  const wake = (work: Work) => composition.onWork(work);
  /** Instants and lost runs leave runs to do, and alerts about those that will not be done. */
  const wakeAll = () => {
    wake('run');
    wake('delivery');
  };
  const tally = createWebhookTally(parts.clock.now());
  const composition: Composition = {
    tally,
    database,
    watch,
    operations: createOperations({
      ...told,
      watch,
      newAccessKey,
      previewPrompt,
      tally,
      presets: parts.registries.presets,
      sendToSelf: sendToSelf(parts.registries.http),
      onEnqueued: () => wake('run'),
      onChanged: () => {
        wake('schedule');
        wakeAll();
      },
      isLive: parts.isLive ?? (() => true),
    }),
    callers: createCallers({ ...told, watch, onEnqueued: () => wake('run') }),
    worker: createWorker({ ...told, git: createGit(), runSession, onSettled: () => wake('delivery') }),
    courier: createCourier({ ...told, deliveryTypes: parts.registries.deliveryTypes }),
    scheduler: createScheduler({ ...told, onFired: wakeAll }),
    reaper: createReaper({ ...told, onReclaimed: wakeAll }),
    onWork: () => {},
  };
  return composition;
}
