export { type AppOptions, createApp } from './create-app.ts';
export { type Listening, type ListenOptions, listen, refuseOpenBind } from './listen.ts';
export { isLoopback } from './loopback.ts';
export { createMetrics, type Metrics } from './metrics.ts';
export { createRemoteOperations } from './remote-operations.ts';
export { createWebhookHandler, type WebhookDoorOptions } from './webhook-handler.ts';
