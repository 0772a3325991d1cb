import { execFileSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { rootDir } from './root-dir.ts';

/** Tests run the real CLI, so what they run is built from the sources under test; what is fresh is left alone. */
export default function setup(): void {
  const built = statSync(join(rootDir, 'dist/cli.cjs'), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (built > Math.max(newest('src'), newest('scripts'))) return;
  execFileSync(process.execPath, ['scripts/build.mjs'], { cwd: rootDir, stdio: 'inherit' });
}

function newest(folder: string): number {
  const files = readdirSync(join(rootDir, folder), { recursive: true, encoding: 'utf8' });
  return Math.max(...files.map((file) => statSync(join(rootDir, folder, file)).mtimeMs));
}
