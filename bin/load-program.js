'use strict';
const { readFileSync } = require('node:fs');
const { dirname, join } = require('node:path');
const { Script } = require('node:vm');

/**
 * Gives what a program of `dist/` exports. Beside each of its files the build left V8's compiled code, so that a start
 * compiles nothing; what another version of V8 made, V8 refuses, and compiles the file as it always would.
 *
 * @param {string} name e.g. `cli`
 * @param {(file: string, script: Script) => void} [onScript] is told of each file as it is loaded; for the build
 */
function loadProgram(name, onScript = () => {}) {
  const modules = new Map();
  const load = (file) => {
    const known = modules.get(file);
    if (known) return known.exports;
    const module = { exports: {} };
    modules.set(file, module);
    const script = compile(file);
    onScript(file, script);
    const folder = dirname(file);
    const requireFrom = (id) => (id.startsWith('.') ? load(join(folder, id)) : require(id));
    script.runInThisContext().call(module.exports, module.exports, requireFrom, module, file, folder);
    return module.exports;
  };
  return load(join(__dirname, '../dist', `${name}.cjs`));
}

/** The bundler writes ASCII only: read as Latin-1, a file needs no decoding. */
function compile(file) {
  const text = `(function (exports, require, module, __filename, __dirname) {${readFileSync(file, 'latin1')}\n})`;
  return new Script(text, { filename: file, cachedData: compiledCode(file) });
}

function compiledCode(file) {
  if (process.env.NODE_DISABLE_COMPILE_CACHE) return undefined;
  try {
    return readFileSync(`${file}.compiled`);
  } catch {
    return undefined;
  }
}

module.exports = { loadProgram };
