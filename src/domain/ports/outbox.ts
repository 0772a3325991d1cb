import type { NewAuditRecord } from '../audit.ts';
import type { Delivery, DeliveryKind, DeliveryResult, DeliveryStatus, NewDelivery } from '../delivery.ts';
import type { RunId } from '../run.ts';

export interface Outbox {
  /** Due pending rows become `sending` under a lease; also rows whose sender died. At most one row per target host at a time is not promised. */
  claimDeliveries(
    claim: { readonly limit: number; readonly leaseMs: number; readonly run?: RunId },
    now: number,
  ): Promise<readonly Delivery[]>;
  /**
   * Records one attempt: delivered, pending again at `nextAttemptAt`, or dead when that is undefined. For alerts the
   * automation's alert state moves in the same transaction (domain/alert `alertSent`, `alertDead`). False when the fence is old.
   */
  settleDelivery(
    attempt: {
      readonly id: string;
      readonly fence: number;
      readonly result: DeliveryResult;
      readonly nextAttemptAt?: number;
      readonly audit: NewAuditRecord;
    },
    now: number,
  ): Promise<boolean>;
  /** Puts a row aside because its target is no longer in the bundle, or takes it back. */
  holdDelivery(id: string, fence: number, reason: string, now: number): Promise<boolean>;
  /** Rows that a dead predecessor was sending are due at once; whoever takes the state calls it before it sends. */
  releaseDeliveries(now: number): Promise<void>;
  /** Rows that belong to no run's end: alerts about missed instants, undeliverable results, blocked configuration. */
  addDeliveries(
    deliveries: readonly (NewDelivery & { readonly run: RunId; readonly automation: string })[],
    now: number,
  ): Promise<void>;
  listDeliveries(filter: {
    readonly automation?: string;
    readonly run?: RunId;
    readonly status?: DeliveryStatus;
    readonly kind?: DeliveryKind;
    readonly limit: number;
  }): Promise<readonly Delivery[]>;
  /** A dead or held row is pending again, with the same id and an audit row; undefined when there is no such row. */
  redriveDelivery(id: string, by: string, now: number): Promise<Delivery | undefined>;
  nextDeliveryAt(): Promise<number | undefined>;
}
