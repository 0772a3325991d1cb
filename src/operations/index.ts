export type { Intake } from './accept-event.ts';
export { createIntake } from './accept-event.ts';
export { type Callers, createCallers } from './callers.ts';
export { createOperations } from './create-operations.ts';
export type { BodyReading, InboundAnswer, InboundRequest } from './inbound.ts';
export type { Operations } from './operations.ts';
export type {
  CallerPorts,
  IntakePorts,
  OperationsPorts,
  PreviewRequest,
  SelfAnswer,
  SelfRequest,
} from './ports.ts';
export { type RunChange, type RunWatch, watchRuns } from './watch-runs.ts';
export { createWebhookTally, type WebhookTally } from './webhook-tally.ts';
