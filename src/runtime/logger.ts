import pino from 'pino';
import type { Logger } from '../domain/ports/logger.ts';
import type { RuntimeConfig } from './config.ts';

/** JSON lines on stderr, one a fact; nothing is logged that holds a secret, a body or a query string. */
export function createLogger(level: RuntimeConfig['logLevel']): Logger {
  const log = pino(
    { level, base: undefined, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ fd: 2, sync: true }),
  );
  return {
    debug: (message, fields) => log.debug(fields ?? {}, message),
    info: (message, fields) => log.info(fields ?? {}, message),
    warn: (message, fields) => log.warn(fields ?? {}, message),
    error: (message, fields) => log.error(fields ?? {}, message),
  };
}
