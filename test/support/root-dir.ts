import { fileURLToPath } from 'node:url';

/** The repository's root, which is also the sample bundle. */
export const rootDir = fileURLToPath(new URL('../..', import.meta.url));
