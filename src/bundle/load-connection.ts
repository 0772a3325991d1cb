import type { Connection, EndpointAccess, StoredSpec } from '../domain/connection.ts';
import { checkRecipients } from './check-recipients.ts';
import { checkReferences, type Env } from './check-references.ts';
import { quote } from './describe-value.ts';
import { errorAt, type Finding, isBroken, type Path } from './finding.ts';
import type { ParsedFile } from './parse-json.ts';
import type { AccessFile } from './schema/access.ts';
import type { ConnectionFile } from './schema/connection.ts';

/** The files of one folder, read and checked for their shape; texts are as they stand. */
export interface ConnectionParts {
  readonly name: string;
  readonly spec: ParsedFile<ConnectionFile>;
  readonly access?: ParsedFile<AccessFile>;
  readonly storedSpec?: StoredSpec;
  readonly surface?: string;
  readonly entities?: string;
  readonly rules?: string;
}

/** One connection, or what is wrong with its files. */
export interface LoadedConnection {
  readonly connection?: Connection;
  readonly specFindings: readonly Finding[];
  readonly accessFindings: readonly Finding[];
}

/** Puts the files of one folder together. */
export function loadConnection(parts: ConnectionParts, env: Env): LoadedConnection {
  const { spec, access } = parts;
  const file = spec.value;
  const specFindings = [...spec.findings, ...checkReferences(spec.references, env)];
  if (!isBroken(specFindings)) specFindings.push(...checkSpec(file, parts.name));
  const { endpoints, findings } = endpointsOf(access?.value.endpoints ?? {});
  const accessFindings = [
    ...(access?.findings ?? []),
    ...findings,
    ...checkReadPaths(access?.value.readPaths),
    ...(access ? checkRecipients(file, access.value.recipients) : []),
  ];
  if (!access) specFindings.push(...checkRecipients(file, undefined));
  if (isBroken(specFindings) || isBroken(accessFindings)) return { specFindings, accessFindings };
  return { connection: build(parts, endpoints), specFindings, accessFindings };
}

type Spec = Readonly<Record<string, unknown>>;

function checkSpec(file: Partial<ConnectionFile>, name: string): readonly Finding[] {
  const spec = file as Spec;
  switch (spec.protocol) {
    case 'git':
      return checkPath(spec.path);
    case 'mcp':
      return checkMcp(spec, []);
    case 'slack':
    case 'smtp':
      return [];
    case 'sql': {
      const key = spec.driver === 'sqlite' ? 'file' : 'url';
      if (spec[key] !== undefined) return [];
      return [
        errorAt(
          [],
          'missing-key',
          `"${key}" is missing: driver "${spec.driver}" needs ${key === 'file' ? 'a file' : 'a connection URL'}`,
        ),
      ];
    }
    default: {
      const findings: Finding[] = [];
      if (spec.baseUrl === undefined) {
        const message = `connection ${quote(name)}: "baseUrl" is missing: say where the API is, e.g. "https://api.example.com/v1" or "env:NAME"`;
        findings.push(errorAt([], 'missing-base-url', message));
      }
      return [
        ...findings,
        ...checkAuth(spec, 'auth'),
        ...checkAuth(spec, 'writeAuth'),
        ...checkHeaders(spec.headers, ['headers']),
      ];
    }
  }
}

/** A server is reached by a command or a URL, never both. */
export function checkMcp(spec: Spec, path: Path): readonly Finding[] {
  if ((spec.command === undefined) !== (spec.url === undefined)) return [];
  const got = spec.command === undefined ? 'neither' : 'both';
  return [errorAt(path, 'mcp-address', `expected either "command" or "url", got ${got}`)];
}

function checkPath(path: unknown): readonly Finding[] {
  if (typeof path !== 'string' || !path.includes('\0')) return [];
  return [errorAt(['path'], 'bad-path', 'must not hold a zero character')];
}

function checkAuth(spec: Spec, key: 'auth' | 'writeAuth'): readonly Finding[] {
  const auth = spec[key];
  if (typeof auth !== 'object' || auth === null) return [];
  const { type, header, token, username, password } = auth as Spec;
  const findings = checkHeaders(typeof header === 'string' ? { [header]: '' } : undefined, [key]);
  if (type !== 'basic' || token !== undefined || (username !== undefined && password !== undefined)) return findings;
  const message = '"username" and "password" are missing, or a "token" that holds both as user:password';
  return [...findings, errorAt([key], 'missing-key', message)];
}

const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]+$/;

function checkHeaders(headers: unknown, path: Path): readonly Finding[] {
  if (typeof headers !== 'object' || headers === null) return [];
  const wrong = Object.keys(headers).filter((name) => !HEADER_NAME.test(name));
  return wrong.map((name) => errorAt(path, 'bad-header', `${quote(name)} is no name of a header`));
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
const OPERATION = /^([A-Za-z]+)\s+(\/\S*)$/;

function endpointsOf(file: NonNullable<AccessFile['endpoints']>) {
  const findings: Finding[] = [];
  const endpoints: EndpointAccess[] = [];
  const seen = new Map<string, string>();
  for (const [operation, access] of Object.entries(file)) {
    const [, method = '', path = ''] = OPERATION.exec(operation) ?? [];
    const key = ['endpoints', operation];
    const found = checkOperation(operation, method, path);
    const shape = `${method} ${path.replace(/\{[^/]*\}/g, '{}')}`;
    if (found !== undefined) findings.push({ ...errorAt(key, 'bad-operation', found), at: 'key' });
    else if (seen.has(shape)) {
      const message = `is the same operation as ${quote(seen.get(shape) ?? '')}: keep one of them`;
      findings.push({ ...errorAt(key, 'duplicate-operation', message), at: 'key' });
    }
    seen.set(shape, operation);
    endpoints.push({
      method,
      path,
      intent: access.intent,
      confirm: access.confirm ?? false,
      returns: access.returns ?? [],
      reason: access.reason,
      thresholds: access.thresholds ?? [],
    });
  }
  return { endpoints, findings };
}

function checkReadPaths(paths: readonly string[] = []): readonly Finding[] {
  return paths.flatMap((path, index) => {
    const problem = path.startsWith('/')
      ? checkOperation(path, 'GET', path)
      : `expected "/path/{param}", got ${quote(path)}`;
    return problem === undefined ? [] : [errorAt(['readPaths', index], 'bad-path', problem)];
  });
}

function checkOperation(operation: string, method: string, path: string): string | undefined {
  const expected = 'expected "METHOD /path/{param}"';
  if (method === '') return `${expected}, got ${quote(operation)}`;
  if (!METHODS.includes(method)) {
    const upper = method.toUpperCase();
    return METHODS.includes(upper)
      ? `write the method as ${upper}`
      : `${quote(method)} is none of ${METHODS.join(', ')}`;
  }
  const wrong = path.split('/').find((part) => /[{}]/.test(part) && !/^\{[^{}]+\}$/.test(part));
  if (wrong !== undefined) return `a parameter is a whole segment, such as /{id}, got ${quote(wrong)}`;
  return /[?#]/.test(path) ? `a path has no query, got ${quote(path)}` : undefined;
}

function build(
  { name, spec, access, storedSpec, surface, entities, rules }: ConnectionParts,
  endpoints: readonly EndpointAccess[],
): Connection {
  const { $schema: _, ...written } = spec.value as Partial<Record<string, unknown>>;
  const file = written as Partial<Extract<ConnectionFile, { protocol?: 'http' }>>;
  return {
    name,
    protocol: (written.protocol as Connection['protocol'] | undefined) ?? 'http',
    baseUrl: file.baseUrl ?? '',
    format: file.format === 'graphql' ? 'graphql' : 'rest',
    auth: file.auth,
    writeAuth: file.writeAuth,
    headers: (file.headers as Connection['headers'] | undefined) ?? {},
    readPaths: access?.value.readPaths,
    recipients: access?.value.recipients,
    rate: access?.value.rate,
    egress: access?.value.egress,
    specUrl: file.specUrl,
    storedSpec,
    testPath: file.testPath,
    allowPrivateNetwork: file.allowPrivateNetwork ?? false,
    endpoints,
    fieldRestrictions: access?.value.fieldRestrictions ?? [],
    surface,
    entities,
    rules,
    spec: written,
  };
}
