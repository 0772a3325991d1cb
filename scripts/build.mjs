// Bundles the CLI, the embeddable runtime and the workers into dist/; `npm pack` puts the public types beside them.
import { execFileSync } from 'node:child_process';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';
import { toCommonJs } from './to-commonjs.mjs';

const options = {
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  chunkNames: 'chunks/[name]-[hash]',
  // Less to parse at every start; names stay, for the traces in logs.
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  metafile: true,
  // Its main file is UMD, whose inner requires a bundler cannot follow.
  alias: { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' },
  // Native and WebAssembly parts, and what only some runs need, are loaded from node_modules.
  external: [
    'minijinja-js',
    'nodemailer',
    'pg',
    'mysql2',
    '@modelcontextprotocol/sdk',
    '@resvg/resvg-js',
    'dejavu-fonts-ttf',
    'pdfkit',
  ],
  logLevel: 'warning',
};

const programs = await build({
  ...options,
  entryPoints: { cli: 'src/cli/main.ts', index: 'src/runtime/index.ts' },
  write: false,
});
const workers = await build({
  ...options,
  entryPoints: {
    // The child process of `sql_query`.
    'sql-worker': 'src/tools/sql/worker/sql-worker.ts',
    // The child process of `chart`, `pdf` and `export`.
    'render-worker': 'src/tools/render/worker/render-worker.ts',
    // The child process of `api_drift`.
    'drift-worker': 'src/tools/drift/worker/drift-worker.ts',
  },
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
});

// V8 tells compiled code of another text by its length alone: no old one may stand beside a new file.
for (const path of outputs(/\.compiled$/)) rmSync(path);
const written = new Set(Object.keys(workers.metafile.outputs));
for (const { path, text } of await toCommonJs(programs)) {
  writeFileSync(path, text);
  written.add(path);
}
const { exports } = programs.metafile.outputs['dist/index.js'];
writeFileSync('dist/index.js', `export { ${exports.join(', ')} } from './index.cjs';\n`);
written.add('dist/index.js');

// What an earlier build left goes last: whoever starts in the meantime finds a whole program.
for (const path of outputs(/\.c?js$/)) if (!written.has(path)) rmSync(path);
execFileSync(process.execPath, ['scripts/compile-ahead.mjs'], { stdio: 'inherit' });

function outputs(pattern) {
  return ['dist', 'dist/chunks'].flatMap((dir) =>
    readdirSync(dir)
      .filter((name) => pattern.test(name))
      .map((name) => `${dir}/${name}`),
  );
}
