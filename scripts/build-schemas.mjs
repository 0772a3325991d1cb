// Writes schema/*.schema.json and src/bundle/generated/* from src/bundle/schema (`npm run schemas`).
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = resolve(import.meta.dirname, '..');
const program = join(root, 'node_modules/.cache/amodal/generate-schemas.mjs');

await build({
  entryPoints: [join(root, 'scripts/generate-schemas.ts')],
  outfile: program,
  bundle: true,
  format: 'esm',
  platform: 'node',
  packages: 'external',
  logLevel: 'warning',
});
const { generateSchemas } = await import(pathToFileURL(program).href);
for (const [path, text] of await generateSchemas(root)) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}
rmSync(dirname(program), { recursive: true });
