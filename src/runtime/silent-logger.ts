import type { Logger } from '../domain/ports/logger.ts';

/** For commands that say everything themselves. */
export const silentLogger: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
