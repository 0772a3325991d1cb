import { type BundleSettings, DEFAULT_QUEUE_BYTES } from '../domain/bundle.ts';

/** The bounds of back-pressure, as the database takes them. */
export function queueLimits({ queue, queueBytes = DEFAULT_QUEUE_BYTES }: BundleSettings) {
  return { limit: queue, limitBytes: queueBytes };
}
