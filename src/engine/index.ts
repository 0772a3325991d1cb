export { type Courier, type CourierPorts, createCourier } from './courier.ts';
export { createReaper, type ReaperPorts } from './reaper.ts';
export { type RunningService, runService } from './run-service.ts';
export { createScheduler, type SchedulerPorts } from './scheduler.ts';
export type { Service, Tick } from './service.ts';
export { createWorker, type Worker, type WorkerPorts } from './worker.ts';
