import { execFileSync } from 'node:child_process';
import { rootDir } from './root-dir.ts';

/** Tests run the real CLI, so what they run is built from the sources under test. */
export default function setup(): void {
  execFileSync(process.execPath, ['scripts/build.mjs'], { cwd: rootDir, stdio: 'inherit' });
}
