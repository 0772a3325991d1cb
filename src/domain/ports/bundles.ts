import type { Bundle } from '../bundle.ts';

/** The bundle in force. A reload swaps it whole; whoever has begun with one keeps it. */
export interface Bundles {
  active(): Bundle;
  /** Tells about each swap until the returned function is called. */
  subscribe(listener: (bundle: Bundle) => void): () => void;
}
