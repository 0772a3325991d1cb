// Gives the sample bundle its .env: .env.example with a random secret where a value is missing. Never overwrites one.
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

if (!existsSync('.env') && existsSync('.env.example')) {
  const text = readFileSync('.env.example', 'utf8');
  const filled = text.replace(/^([A-Z][A-Z0-9_]*)=$/gm, (_, name) => `${name}=${randomBytes(24).toString('hex')}`);
  writeFileSync('.env', filled, { mode: 0o600 });
}
