// Leaves beside each file of dist/ what V8 compiled of it, once the everyday commands have run on the sample bundle.
import { cpSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const { loadProgram } = createRequire(import.meta.url)('../bin/load-program.js');

const SAMPLE = ['amodal.json', 'automations', 'connections', 'stores', 'knowledge', 'skills', 'agents'];
const COMMANDS = [['validate'], ['ops', 'automations', 'list']];

const scripts = new Map();
const { main } = loadProgram('cli', (file, script) => scripts.set(file, script));
const dir = mkdtempSync(join(tmpdir(), 'amodal-build-'));
try {
  for (const name of SAMPLE) cpSync(name, join(dir, name), { recursive: true });
  const io = {
    out: () => {},
    err: () => {},
    readStdin: async () => '',
    interrupted: new AbortController().signal,
    cwd: dir,
    now: Date.now,
    style: (_, text) => text,
  };
  for (const command of COMMANDS) await main(command, io);
  for (const [file, script] of scripts) {
    writeFileSync(`${file}.new`, script.createCachedData());
    renameSync(`${file}.new`, `${file}.compiled`);
  }
} finally {
  rmSync(dir, { recursive: true });
}
