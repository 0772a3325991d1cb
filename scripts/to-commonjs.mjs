// Node starts CommonJS faster than ES modules, and can keep what V8 compiled of it; esbuild splits ES modules alone.
import { relative } from 'node:path';
import { transform } from 'esbuild';

/** The files of a split build as CommonJS: `{ path, text }` each, `.cjs` where they were `.js`. */
export function toCommonJs({ outputFiles }) {
  return Promise.all(
    outputFiles.map(async ({ path, text }) => ({
      path: relative('.', path).replace(/\.js$/, '.cjs'),
      text: await converted(text),
    })),
  );
}

async function converted(text) {
  const source = text.replace(/\b(from|import|import\()"(\.{1,2}\/[^"]+)\.js"/g, '$1"$2.cjs"');
  const { code } = await transform(source, {
    format: 'cjs',
    platform: 'node',
    target: 'node20.19',
    minifySyntax: true,
    minifyWhitespace: true,
    // Code that is compiled ahead has no importer of its own: what it loads later, it requires.
    supported: { 'dynamic-import': false },
    define: { 'import.meta.url': '__moduleUrl' },
    banner: source.includes('import.meta.url')
      ? 'const __moduleUrl=require("node:url").pathToFileURL(__filename).href;'
      : undefined,
    logLevel: 'warning',
  });
  return code;
}
