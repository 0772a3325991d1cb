// Bundles the CLI and the embeddable runtime into dist/; `npm pack` puts the public types beside them.
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const { metafile } = await build({
  metafile: true,
  entryPoints: {
    cli: 'src/cli/main.ts',
    index: 'src/runtime/index.ts',
    // The child process of `sql_query`.
    'sql-worker': 'src/tools/sql/worker/sql-worker.ts',
    // The child process of `chart`, `pdf` and `export`.
    'render-worker': 'src/tools/render/worker/render-worker.ts',
    // The child process of `api_drift`.
    'drift-worker': 'src/tools/drift/worker/drift-worker.ts',
  },
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
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
  logLevel: 'warning',
});

// What an earlier build left goes last: whoever starts in the meantime finds a whole program.
for (const dir of ['dist', 'dist/chunks']) {
  for (const name of readdirSync(dir).filter((file) => file.endsWith('.js'))) {
    if (!(`${dir}/${name}` in metafile.outputs)) rmSync(join(dir, name));
  }
}
