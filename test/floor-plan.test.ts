import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const SRC = resolve(import.meta.dirname, '../src');

const ADAPTERS = ['bundle', 'db', 'webhooks', 'delivery', 'tools', 'models'];
const APPLICATION = ['agent', 'engine', 'operations'];

/** Which rooms a room may import, besides itself. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  domain: [],
  net: ['domain'],
  ...Object.fromEntries(ADAPTERS.map((room) => [room, ['domain', 'net']])),
  ...Object.fromEntries(APPLICATION.map((room) => [room, ['domain']])),
  server: ['operations', 'net', 'domain'],
  runtime: ['domain', 'net', ...ADAPTERS, ...APPLICATION, 'server'],
  cli: ['runtime', 'operations', 'domain'],
};

/** Who may touch the world: `process.env`, the clock and timers, the network. */
const WORLD: readonly { what: string; pattern: RegExp; allowed: RegExp }[] = [
  { what: 'process.env', pattern: /\bprocess\.env\b/, allowed: /^runtime\/(config|secrets|faults)\.ts$/ },
  { what: 'the clock', pattern: /\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(/, allowed: /^runtime\/clock\.ts$/ },
  { what: 'timers', pattern: /\bset(Timeout|Interval)\(/, allowed: /^(runtime\/clock|net\/.*)\.ts$/ },
  {
    what: 'the network',
    pattern: /from '(node:(http|https|net|tls|dgram)|undici|pg|mysql2)'|\bfetch\(/,
    // Drivers of databases speak their own protocols: only in the child process of `sql_query`, on sockets from net/.
    allowed: /^(net|server|runtime|tools\/sql\/worker)\//,
  },
  { what: 'randomness', pattern: /\bMath\.random\(/, allowed: /^runtime\// },
];

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.replaceAll('\\', '/'));

const imports = new Map(files.map((file) => [file, importsOf(file)]));

describe('the floor plan', () => {
  it('knows every room', () => {
    const rooms = new Set(files.map(roomOf));
    expect([...rooms].filter((room) => !(room in MAY_IMPORT))).toEqual([]);
  });

  it('lets a room import only what it may', () => {
    const wrong = files.flatMap((file) => {
      const room = roomOf(file);
      return (imports.get(file) ?? [])
        .filter((target) => roomOf(target) !== room && !MAY_IMPORT[room]?.includes(roomOf(target)))
        .map((target) => `${file} imports ${target}`);
    });
    expect(wrong).toEqual([]);
  });

  it('has no cycle between files', () => {
    expect(findCycle(imports)).toBeUndefined();
  });

  it('keeps env, clock, timers, network and randomness in their rooms', () => {
    const wrong = files.flatMap((file) => {
      const text = withoutComments(readFileSync(join(SRC, file), 'utf8'));
      return WORLD.filter(({ pattern, allowed }) => pattern.test(text) && !allowed.test(file)).map(
        ({ what }) => `${file} touches ${what}`,
      );
    });
    expect(wrong).toEqual([]);
  });
});

function roomOf(file: string): string {
  return file.split('/')[0] ?? '';
}

/** Value and type imports alike, as paths below src/; `import type` cannot make a cycle at run time but still counts as knowing. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(SRC, file), 'utf8');
  const found = [...text.matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)].map((match) => match[1] ?? '');
  return found
    .filter((target) => target.endsWith('.ts'))
    .map((target) => relative(SRC, resolve(SRC, dirname(file), target)).replaceAll('\\', '/'));
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '');
}

function findCycle(graph: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): string[] | undefined => {
    if (done.has(file)) return undefined;
    const at = path.indexOf(file);
    if (at >= 0) return [...path.slice(at), file];
    path.push(file);
    for (const next of graph.get(file) ?? []) {
      const cycle = visit(next);
      if (cycle) return cycle;
    }
    path.pop();
    done.add(file);
    return undefined;
  };
  for (const file of graph.keys()) {
    const cycle = visit(file);
    if (cycle) return cycle;
  }
  return undefined;
}
