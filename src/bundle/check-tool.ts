import { didYouMean } from '../domain/did-you-mean.ts';
import { unknownNames } from './check-automation.ts';
import { checkTemplatesIn } from './check-template.ts';
import { quote } from './describe-value.ts';
import { errorAt, type Finding, type Path } from './finding.ts';
import { type KnownTools, unknownTool } from './known-tools.ts';
import type { LazyParts } from './lazy-parts.ts';
import type { ParsedTool, ToolSurroundings } from './parsed-tool.ts';
import { scanTags } from './scan-template.ts';
import type { ToolFile } from './schema/tool.ts';

/** Everything else that a tool's file may refer to. */
export interface CheckOptions extends ToolSurroundings {
  readonly known: KnownTools | undefined;
  /** Names of the bundle's chains. */
  readonly chains: ReadonlySet<string>;
}

/** Everything that the shape alone does not tell of a tool whose shape is right. */
export function checkTool({ name, parsed, handler }: ParsedTool, options: CheckOptions): readonly Finding[] {
  const file = parsed.value as ToolFile;
  const findings = checkParameters(file.parameters, options.parts);
  switch (file.type) {
    case 'http':
      return [...findings, ...checkHttp(file, options)];
    case 'chain':
      return [...findings, ...checkChain(file, options)];
    case 'handler':
      if (handler) return [...findings, ...checkVariables(file.env)];
      return [
        ...findings,
        errorAt(['type'], 'missing-file', `the program is missing: write tools/${name}/handler.mjs`),
      ];
  }
}

type Schema = Readonly<Record<string, unknown>>;

function checkParameters(parameters: Schema = {}, { checkJsonSchema }: LazyParts): readonly Finding[] {
  const { type = 'object' } = parameters;
  if (type !== 'object') {
    return [errorAt(['parameters', 'type'], 'bad-schema', `arguments are an object, got ${quote(String(type))}`)];
  }
  const problem = checkJsonSchema?.(parameters);
  return problem === undefined ? [] : [errorAt(['parameters'], 'bad-schema', `is no JSON Schema: ${problem}`)];
}

function checkHttp(file: Extract<ToolFile, { type: 'http' }>, options: CheckOptions): readonly Finding[] {
  const { connections } = options.connections;
  const { connection, params, headers, body } = file;
  const unknown = unknownNames('connections', [connection], options.connections.names);
  const protocol = connections.get(connection)?.protocol ?? 'http';
  const names = { input: argumentsOf(file), steps: [] };
  return [
    ...unknown.map(({ code, message }) => errorAt(['connection'], code, message.replace(/^[^:]*: /, ''))),
    ...(protocol === 'http' || protocol === 'git'
      ? []
      : [errorAt(['connection'], 'wrong-protocol', `${quote(connection)} speaks ${protocol}, not HTTP`)]),
    ...checkEndpoint(file),
    ...checkTexts(['params'], params, { names, options }),
    ...checkTexts(['headers'], headers, { names, options }),
    ...checkTexts(['body'], body, { names, options }),
  ];
}

function checkEndpoint({ endpoint, parameters }: Extract<ToolFile, { type: 'http' }>): readonly Finding[] {
  const wrong = (message: string) => [errorAt(['endpoint'], 'bad-endpoint', message)];
  if (!endpoint.startsWith('/') || endpoint.startsWith('//')) {
    return wrong(`expected "/path/{argument}" below the connection, got ${quote(endpoint)}`);
  }
  if (/[?#]/.test(endpoint)) return wrong(`a path has no query, got ${quote(endpoint)}: use "params"`);
  const required = Array.isArray(parameters?.required) ? parameters.required : [];
  const known = Object.keys(record(parameters?.properties));
  return endpoint.split('/').flatMap((segment) => {
    if (!/[{}]/.test(segment)) return [];
    const [, name] = /^\{([^{}]+)\}$/.exec(segment) ?? [];
    if (name === undefined) return wrong(`an argument is a whole segment, such as /{id}, got ${quote(segment)}`);
    if (!known.includes(name)) return wrong(`"parameters" has no ${quote(name)}${didYouMean(name, known)}`);
    return required.includes(name) ? [] : wrong(`${quote(name)} stands in the path: list it in "required"`);
  });
}

function checkChain(file: Extract<ToolFile, { type: 'chain' }>, options: CheckOptions): readonly Finding[] {
  const input = argumentsOf(file);
  const steps: string[] = [];
  const findings = file.steps.flatMap(({ name, tool, input: given }, index) => {
    const path = ['steps', index];
    const found = [
      ...checkStepName([...path, 'name'], name, steps),
      ...unknownTool([...path, 'tool'], tool, options.known),
      ...(options.chains.has(tool)
        ? [errorAt([...path, 'tool'], 'nested-chain', `${quote(tool)} is a chain itself: name its steps here`)]
        : []),
      ...checkTexts([...path, 'input'], given, { names: { input, steps: [...steps] }, options }),
    ];
    steps.push(name);
    return found;
  });
  return [...findings, ...checkTexts(['result'], file.result, { names: { input, steps }, options })];
}

function checkStepName(path: Path, name: string, taken: readonly string[]): readonly Finding[] {
  if (!/^[a-z][a-z0-9_]*$/.test(name)) return [errorAt(path, 'bad-name', `expected snake case, got ${quote(name)}`)];
  return taken.includes(name) ? [errorAt(path, 'duplicate-name', `another step is called ${quote(name)} as well`)] : [];
}

interface Names {
  /** Undefined = any. */
  readonly input: readonly string[] | undefined;
  readonly steps: readonly string[];
}

/** The arguments that there can be; undefined where the schema lets others in. */
function argumentsOf({ parameters }: ToolFile): readonly string[] | undefined {
  const isOpen = parameters?.additionalProperties !== undefined && parameters.additionalProperties !== false;
  return isOpen || parameters?.patternProperties ? undefined : Object.keys(record(parameters?.properties));
}

interface TextOptions {
  readonly names: Names;
  readonly options: CheckOptions;
}

function checkTexts(path: Path, value: unknown, { names, options }: TextOptions): readonly Finding[] {
  const { templates } = options.parts;
  return [...(templates ? checkTemplatesIn(path, value, templates) : []), ...checkNamesIn(path, value, names)];
}

const REFERENCE = /(?<![\w."'])(input|steps)\.([A-Za-z_]\w*)/g;

function checkNamesIn(path: Path, value: unknown, names: Names): readonly Finding[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => checkNamesIn([...path, index], item, names));
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([key, item]) => checkNamesIn([...path, key], item, names));
  }
  if (typeof value !== 'string') return [];
  const used = scanTags(value).flatMap(({ inner }) => [...inner.matchAll(REFERENCE)]);
  return used.flatMap(([, kind, name = '']) => {
    const known = kind === 'input' ? names.input : names.steps;
    if (!known || known.includes(name)) return [];
    const what = kind === 'input' ? 'there is no argument' : 'no earlier step is called';
    return [errorAt(path, 'unknown-name', `${what} ${quote(name)}${didYouMean(name, known)}`)];
  });
}

function checkVariables(env: Readonly<Record<string, string>> = {}): readonly Finding[] {
  const wrong = Object.keys(env).filter((name) => !/^[A-Za-z_]\w*$/.test(name) || /^(NODE_|LD_|DYLD_)/.test(name));
  return wrong.map((name) => errorAt(['env', name], 'bad-name', 'is no name that a variable of a handler can have'));
}

function record(value: unknown): Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Schema) : {};
}
