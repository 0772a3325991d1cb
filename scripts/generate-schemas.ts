import { Ajv, type KeywordCxt } from 'ajv';
import { _, strConcat, stringify } from 'ajv/dist/compile/codegen/index.js';
import standalone from 'ajv/dist/standalone/index.js';
import additionalProperties from 'ajv/dist/vocabularies/applicator/additionalProperties.js';
import { build } from 'esbuild';
import { PUBLISHED, VALIDATED } from '../src/bundle/schema/all.ts';
import { openApi } from '../src/server/openapi.ts';
import { publishSchema } from './publish-schema.ts';

const BASE = 'https://amodal.invalid/schemas';

/** The files that are made from `src/bundle/schema` and from the routes: path relative to the repository, and text. */
export async function generateSchemas(root: string): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  for (const [name, source] of Object.entries(PUBLISHED)) {
    const schema = publishSchema(source, { title: `amodal ${name}` });
    files.set(`schema/${name}.schema.json`, `${JSON.stringify(schema, null, 2)}\n`);
  }
  files.set('docs/openapi.json', `${JSON.stringify(openApi(), null, 2)}\n`);
  files.set('src/bundle/generated/validators.js', await validatorsCode(root));
  files.set('src/bundle/generated/validators.d.ts', validatorsTypes());
  return files;
}

const HEADER = '// Made from src/bundle/schema by `npm run schemas`; do not edit.\n';

/** One function per shape, with no dependency at run time. */
async function validatorsCode(root: string): Promise<string> {
  const ajv = new Ajv({
    allErrors: true,
    allowUnionTypes: true,
    strictTypes: false,
    messages: false,
    inlineRefs: false,
    unicode: false,
    logger: false,
    passContext: true,
    code: { source: true, esm: true, optimize: 2 },
  });
  ajv.addKeyword({ keyword: 'x-reference', schemaType: 'string', error: { message: '' }, code: collectReference });
  nameKnownKeys(ajv);
  ajv.addSchema({ $id: BASE, $defs: allDefinitions() });
  const exported = Object.fromEntries(
    Object.keys(VALIDATED).map((name) => [functionOf(name), `${BASE}#/$defs/${name}`]),
  );
  const contents = withOneReporter(standalone.default(ajv, exported));
  const bundled = await build({
    stdin: { contents, resolveDir: root, sourcefile: 'validators.js' },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'neutral',
    target: 'node20.19',
    minify: true,
    legalComments: 'none',
  });
  return `${HEADER}/* eslint-disable */\n${bundled.outputFiles[0]?.text}`;
}

const REPORT =
  /const (err\d+) = \{instancePath(?::(.+?))?,schemaPath:.+?,keyword:("\w+"|"x-reference"),params:(.+?)\};if\(vErrors === null\)\{vErrors = \[\1\];\}else \{vErrors\.push\(\1\);\}errors\+\+;/gs;

/** What an `if` finds is only counted. */
const COUNT =
  /const (err\d+) = \{\};if\(vErrors === null\)\{vErrors = \[\1\];\}else \{vErrors\.push\(\1\);\}errors\+\+;/g;

/** Each violation is reported by a call instead of in place: half the code, and that much less to parse at every start. */
function withOneReporter(code: string): string {
  const short = code
    .replaceAll(
      REPORT,
      (_, _name, path = 'instancePath', keyword, params) =>
        `vErrors = report(vErrors, ${path}, ${keyword}, ${params});errors++;`,
    )
    .replaceAll(COUNT, 'vErrors = add(vErrors, COUNTED);errors++;');
  if (/schemaPath:|= \[err\d+\]/.test(short)) throw new Error('Ajv writes its violations in another form now');
  return `function report(errors, instancePath, keyword, params) {
  return add(errors, { instancePath, keyword, params });
}
const COUNTED = {};
function add(errors, error) {
  if (errors === null) return [error];
  errors.push(error);
  return errors;
}
${short}`;
}

/** Every shape and what they share in one document, so that a shared shape is compiled once. */
function allDefinitions(): Record<string, unknown> {
  const all: Record<string, unknown> = {};
  for (const [name, source] of Object.entries(VALIDATED)) {
    const { $schema: _, $defs, ...shape } = publishSchema(source, { title: name });
    for (const [shared, definition] of Object.entries($defs ?? {})) {
      if (shared in all && JSON.stringify(all[shared]) !== JSON.stringify(withoutWords(definition))) {
        throw new Error(`two different shapes are named ${shared}`);
      }
      all[shared] = withoutWords(definition);
    }
    all[name] = withoutWords(shape);
  }
  return all;
}

/** The same schema without its descriptions: a validator needs none, and what it does not hold is not parsed. */
function withoutWords(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withoutWords);
  if (typeof schema !== 'object' || schema === null) return schema;
  const kept = Object.entries(schema).filter(([key, value]) => key !== 'description' || typeof value !== 'string');
  return Object.fromEntries(kept.map(([key, value]) => [key, withoutWords(value)]));
}

/** A violation of `additionalProperties` tells which keys there are, for a did-you-mean. */
function nameKnownKeys(ajv: Ajv): void {
  const keyword = additionalProperties.default;
  ajv.removeKeyword('additionalProperties');
  ajv.addKeyword({
    ...keyword,
    error: {
      message: '',
      params: ({ params, parentSchema }) => {
        const keys = Object.keys(parentSchema?.properties ?? {}).filter((key) => key !== '$schema');
        return _`{ additionalProperty: ${params.additionalProperty}, known: ${stringify(keys)} }`;
      },
    },
  });
}

/** While it validates, a validator puts each `env:`-capable text that it meets into the list that is its `this`. */
function collectReference({ gen, data, schema, it }: KeywordCxt): void {
  const path = strConcat(_`instancePath`, it.errorPath);
  gen.if(_`typeof ${data} === "string"`, () =>
    gen.code(_`this.push({ path: ${path}, kind: ${schema}, value: ${data} })`),
  );
}

function validatorsTypes(): string {
  const functions = Object.keys(VALIDATED).map((name) => `export declare const ${functionOf(name)}: Validate;\n`);
  return `${HEADER}
/** One violation, in ajv's words; \`instancePath\` is a JSON pointer. */
export interface Violation {
  readonly keyword: string;
  readonly instancePath: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** A text that may be \`env:NAME\`; \`path\` is a JSON pointer. */
export interface FoundReference {
  readonly path: string;
  readonly kind: 'secret' | 'url' | 'value';
  readonly value: string;
}

/** True when the value fits; else \`errors\` holds every violation until the next call. References go into \`this\`. */
export interface Validate {
  (this: FoundReference[], value: unknown): boolean;
  readonly errors?: readonly Violation[] | null;
}

${functions.join('')}`;
}

function functionOf(name: string): string {
  return `validate${name[0]?.toUpperCase()}${name.slice(1)}`;
}
