import { didYouMean } from '../domain/did-you-mean.ts';
import type { StoreDefinition, StoreField } from '../domain/store.ts';
import { quote } from './describe-value.ts';
import { errorAt, type Finding, type Path } from './finding.ts';
import type { ParsedFile } from './parse-json.ts';
import type { FieldFile, StoreFile } from './schema/store.ts';

const NAME = /^[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*$/;
const TTL = /^(\d{1,9})\s*([smhdw])$/;
const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };
const IN_KEYS = ['string', 'number', 'boolean', 'datetime', 'enum', 'ref'];

/** One store, or what is wrong with its file. */
export interface LoadedStore {
  readonly name: string;
  readonly store?: StoreDefinition;
  readonly findings: readonly Finding[];
}

/** Brings entity and flat form to one shape; `name` is the file's. */
export function loadStore(parsed: ParsedFile<StoreFile>, fileName: string): LoadedStore {
  const file = parsed.value;
  const name = file.name ?? fileName;
  const findings = [...parsed.findings, ...checkName(file, name)];
  const form = formOf(file);
  if (!form) {
    if (findings.length === 0)
      findings.push(errorAt([], 'missing-key', '"key" and "schema" are missing, or an "entity" that has them'));
    return { name, findings };
  }
  if (file.entity && (file.key !== undefined || file.schema)) {
    const key = file.key === undefined ? 'schema' : 'key';
    findings.push(
      errorAt([key], 'two-forms', 'stands in "entity" already: write either "entity" or "key" and "schema"'),
    );
  }
  findings.push(...checkKey(form), ...checkFields(form.schema, form.schemaPath), ...checkIndexed(file, form));
  const ttlSeconds = file.ttl === undefined ? undefined : secondsOf(file.ttl);
  if (file.ttl !== undefined && ttlSeconds === undefined) {
    findings.push(
      errorAt(['ttl'], 'bad-ttl', `expected seconds or "90s", "15m", "12h", "30d", got ${quote(String(file.ttl))}`),
    );
  }
  const store: StoreDefinition = {
    name,
    entity: form.entity,
    key: form.key,
    schema: form.schema as Readonly<Record<string, StoreField>>,
    indexed: file.indexed ?? [],
    ttlSeconds,
    historyVersions: file.history?.versions,
    shared: file.shared ?? true,
    automationWritable: file.automationWritable ?? false,
  };
  return findings.some(({ severity }) => severity === 'error') ? { name, findings } : { name, store, findings };
}

/** References between stores: a `ref` to a store that there is not. */
export function checkStoreReferences(
  store: StoreDefinition,
  isFlat: boolean,
  known: ReadonlySet<string>,
): readonly Finding[] {
  const start: Path = isFlat ? ['schema'] : ['entity', 'schema'];
  return Object.entries(store.schema).flatMap(([name, field]) => checkReference(field, [...start, name], known));
}

function checkReference(field: StoreField, path: Path, known: ReadonlySet<string>): readonly Finding[] {
  switch (field.type) {
    case 'ref': {
      if (known.has(field.store)) return [];
      const hint = didYouMean(field.store, known);
      return [errorAt([...path, 'store'], 'unknown-store', `no store is called ${quote(field.store)}${hint}`)];
    }
    case 'array':
      return checkReference(field.item, [...path, 'item'], known);
    case 'object':
      return Object.entries(field.fields).flatMap(([name, inner]) =>
        checkReference(inner, [...path, 'fields', name], known),
      );
    default:
      return [];
  }
}

interface Form {
  readonly entity: string;
  readonly key: string;
  readonly keyPath: Path;
  readonly schema: Readonly<Record<string, FieldFile>>;
  readonly schemaPath: Path;
}

function formOf(file: Partial<StoreFile>): Form | undefined {
  if (file.entity) {
    const { name, key, schema } = file.entity;
    return { entity: name, key, keyPath: ['entity', 'key'], schema, schemaPath: ['entity', 'schema'] };
  }
  if (file.key === undefined || !file.schema) return undefined;
  return {
    entity: file.name ?? 'document',
    key: file.key,
    keyPath: ['key'],
    schema: file.schema,
    schemaPath: ['schema'],
  };
}

function checkName(file: Partial<StoreFile>, name: string): readonly Finding[] {
  if (NAME.test(name)) return [];
  const path = file.name === undefined ? [] : ['name'];
  return [
    errorAt(path, 'bad-name', `a store's name is in kebab or snake case, such as "drift-history", got ${quote(name)}`),
  ];
}

/** Every `{field}` of the key is a field that has a value in each document. */
function checkKey({ key, keyPath, schema }: Form): readonly Finding[] {
  const names = [...key.matchAll(/\{([^{}]*)\}/g)].map((match) => match[1] ?? '');
  const rest = key.replace(/\{[^{}]*\}/g, '');
  if (names.length === 0 || /[{}]/.test(rest)) {
    return [errorAt(keyPath, 'bad-key', `expected text with {field} parts, such as "{team}/{day}", got ${quote(key)}`)];
  }
  return names.flatMap((name) => {
    const field = Object.hasOwn(schema, name) ? schema[name] : undefined;
    if (!field) {
      const hint = didYouMean(name, Object.keys(schema));
      return [
        errorAt(keyPath, 'key-field-missing', `names the field ${quote(name)}, which "schema" does not have${hint}`),
      ];
    }
    if (field.nullable) {
      return [
        errorAt(
          keyPath,
          'key-field-nullable',
          `names the field ${quote(name)}, which may be null: a key needs a value`,
        ),
      ];
    }
    if (IN_KEYS.includes(field.type)) return [];
    return [
      errorAt(
        keyPath,
        'key-field-type',
        `names the field ${quote(name)}, which is of type ${field.type}: a key needs a plain value`,
      ),
    ];
  });
}

function checkFields(fields: Readonly<Record<string, FieldFile>>, path: Path): readonly Finding[] {
  return Object.entries(fields).flatMap(([name, field]) => {
    const here = [...path, name];
    const wrongName =
      /^[A-Za-z_]\w*$/.test(name) && name !== '__proto__'
        ? []
        : [errorAt(here, 'bad-name', `the name of a field has letters, digits and _, got ${quote(name)}`)];
    return [...wrongName, ...checkField(field, here)];
  });
}

function checkField(field: FieldFile, path: Path): readonly Finding[] {
  if (field.type === 'number' && field.min !== undefined && field.max !== undefined && field.min > field.max) {
    return [errorAt([...path, 'max'], 'out-of-range', `must be at least "min" (${field.min}), got ${field.max}`)];
  }
  if (field.type === 'array') return checkField(field.item as FieldFile, [...path, 'item']);
  return field.type === 'object' ? checkFields(field.fields as Record<string, FieldFile>, [...path, 'fields']) : [];
}

function checkIndexed({ indexed = [] }: Partial<StoreFile>, { schema }: Form): readonly Finding[] {
  return indexed.flatMap((name, index) => {
    if (Object.hasOwn(schema, name)) return [];
    const hint = didYouMean(name, Object.keys(schema));
    return [errorAt(['indexed', index], 'unknown-field', `${quote(name)} is no field of "schema"${hint}`)];
  });
}

function secondsOf(ttl: string | number): number | undefined {
  if (typeof ttl === 'number') return ttl;
  const [, count, unit = ''] = TTL.exec(ttl.trim()) ?? [];
  const seconds = Number(count) * (SECONDS[unit] ?? Number.NaN);
  return seconds > 0 ? seconds : undefined;
}
