export { type Holder, readHolder, updateHolder } from './holder.ts';
export { instanceSecret } from './instance-secret.ts';
export { type OpenDatabaseOptions, openDatabase } from './sqlite/open-database.ts';
export { acquireStateLock, isStateHeld, type StateLock } from './state-lock.ts';
