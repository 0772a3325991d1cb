// Writes schema/*.schema.json and src/bundle/generated/* from src/bundle/schema, and docs/openapi.json from the routes
// (`npm run schemas`); a folder given as argument gets them instead of the repository.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = resolve(import.meta.dirname, '..');
const target = resolve(process.argv[2] ?? root);
const program = join(root, `node_modules/.cache/amodal-${process.pid}/generate-schemas.mjs`);

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
  mkdirSync(dirname(join(target, path)), { recursive: true });
  writeFileSync(join(target, path), text);
}
rmSync(dirname(program), { recursive: true });
