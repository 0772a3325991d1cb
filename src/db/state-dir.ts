import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AmodalError } from '../domain/error.ts';

/** Makes the state folder readable by its owner alone, and keeps it out of Git. Throws `state_unreadable`. */
export function makeStateDir(stateDir: string): void {
  try {
    mkdirSync(stateDir, { recursive: true, mode: 0o700 });
    chmodSync(stateDir, 0o700);
    const ignore = join(stateDir, '.gitignore');
    if (!existsSync(ignore)) writeFileSync(ignore, '*\n', { mode: 0o600 });
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause);
    throw new AmodalError(
      'state_unreadable',
      `state folder ${stateDir} cannot be used (${said}): make it a folder that this user owns and can write.`,
      { cause },
    );
  }
}
