import type { Connection, EndpointAccess } from './connection.ts';
import { matchEndpoint } from './endpoint.ts';
import { flagRight, type Place, type Right, type RightValue } from './right.ts';
import { itemOf, referencesIn } from './shown-value.ts';

/** Operations that are asked about, and bounds that any of the compared access files sets on one of them. */
export interface AskedOperations {
  readonly operations: readonly Pick<EndpointAccess, 'method' | 'path'>[];
  readonly bounds: readonly (Pick<EndpointAccess, 'method' | 'path'> & Bound)[];
}

type Bound = Pick<EndpointAccess['thresholds'][number], 'field' | 'escalate'>;

/** Keys of `spec.json` that are no rights, or that are told in their own way. */
const OTHER_KEYS = new Set([
  ...['protocol', 'format', 'testPath', 'allowPrivateNetwork', 'secure'],
  ...['headers', 'env', 'command', 'args', 'readTools', 'toolsHash', 'timeoutSeconds', 'maxRows'],
]);
const DEFAULT_SQL_SECONDS = 5;
const DEFAULT_SQL_ROWS = 1000;
const READS: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];

/** What some access files say anything about, so that each of them is asked the same. */
export function operationsOf(connections: readonly (Connection | undefined)[]): AskedOperations {
  const endpoints = connections.flatMap((connection) => connection?.endpoints ?? []);
  const bounds = endpoints.flatMap(({ method, path, thresholds }) =>
    thresholds.map(({ field, escalate }) => ({ method, path, field, escalate })),
  );
  return { operations: endpoints, bounds };
}

/** What a connection lets runs do: where it leads, as whom, and what its access file allows. */
export function rightsOfConnection(connection: Connection, asked: AskedOperations): readonly Right[] {
  const subject = `connection ${connection.name}`;
  const folder = `connections/${connection.name}`;
  const inSettings = (path: Place['path']) => ({
    file: 'amodal.json',
    path: ['mcp', 'servers', connection.name, ...path],
  });
  const inSpec = (name: string, path: Place['path'], value: RightValue): Right => {
    return { subject, name, value, place: { file: `${folder}/spec.json`, path, otherwise: inSettings(path) } };
  };
  const inAccess = (name: string, path: Place['path'], value: RightValue): Right => {
    const otherwise = { file: `${folder}/spec.json`, path: [], otherwise: inSettings([]) };
    return { subject, name, value, place: { file: `${folder}/access.json`, path, otherwise } };
  };
  return [
    inSpec('protocol', ['protocol'], grant(connection.protocol)),
    ...specRights(connection, inSpec),
    ...accessRights(connection, inAccess),
    ...operationRights(connection, { inAccess, asked }),
  ];
}

type MakeRight = (name: string, path: Place['path'], value: RightValue) => Right;

function specRights({ spec, format }: Connection, right: MakeRight): readonly Right[] {
  const plain = Object.entries(spec).filter(([key]) => !OTHER_KEYS.has(key));
  return [
    ...plain.map(([key, value]) => right(key, [key], { type: 'grant', items: [itemOf(value, key)] })),
    right('allowPrivateNetwork', ['allowPrivateNetwork'], flagRight(spec.allowPrivateNetwork === true)),
    right('secure', ['secure'], { type: 'guard', items: spec.secure === true ? [itemOf(true)] : [] }),
    // Neither format is stricter than the other in all calls.
    right('format', ['format'], { type: 'guard', items: [itemOf(format)] }),
    right('command', ['command'], grant(...some(commandLine(spec)))),
    ...recordRights('headers', spec.headers, right),
    ...recordRights('env', spec.env, right),
    right('readTools', ['readTools'], grant(...listOf(spec.readTools))),
    right('toolsHash', ['toolsHash'], { type: 'guard', items: some(spec.toolsHash).map((hash) => itemOf(hash)) }),
    ...boundRights(spec, right),
    right('secrets', [], grant(...referencesIn(spec))),
  ];
}

function boundRights(spec: Connection['spec'], right: MakeRight): readonly Right[] {
  const usual = { timeoutSeconds: DEFAULT_SQL_SECONDS, maxRows: DEFAULT_SQL_ROWS };
  return Object.entries(usual).map(([key, most]) => {
    const number = spec[key];
    return right(key, [key], { type: 'most', number: typeof number === 'number' ? number : most, usual: most });
  });
}

function recordRights(key: string, record: unknown, right: MakeRight): readonly Right[] {
  if (typeof record !== 'object' || record === null) return [];
  return Object.entries(record).map(([name, value]) =>
    right(`${key} ${name}`, [key, name], { type: 'grant', items: [itemOf(value, key)] }),
  );
}

function accessRights(connection: Connection, right: MakeRight): readonly Right[] {
  const isHttp = connection.protocol === 'http' || connection.protocol === 'git';
  const { readPaths, recipients = [], rate, egress, fieldRestrictions } = connection;
  const restrictions = fieldRestrictions.map(({ entity, field, policy, allowedRoles }) => ({
    ...itemOf({ entity, field, policy, allowedRoles }),
    text: `${entity}.${field} ${policy}${allowedRoles ? ` (${allowedRoles.join(', ')})` : ''}`,
  }));
  return [
    ...(isHttp ? [right('readPaths', ['readPaths'], { type: 'only', items: readPaths })] : []),
    right('recipients', ['recipients'], grant(...recipients)),
    right('rate per minute', ['rate', 'perMinute'], { type: 'most', number: rate?.perMinute }),
    right('rate burst', ['rate', 'burst'], { type: 'most', number: rate?.burst ?? rate?.perMinute }),
    right('egress', ['egress'], { type: 'guard', items: some(egress).map((one) => itemOf(one)) }),
    right('fieldRestrictions', ['fieldRestrictions'], { type: 'guard', items: restrictions }),
  ];
}

function operationRights(
  { endpoints, readPaths, fieldRestrictions }: Connection,
  { inAccess, asked }: { readonly inAccess: MakeRight; readonly asked: AskedOperations },
): readonly Right[] {
  const operations = asked.operations.flatMap(({ method, path }) => {
    const name = `${method} ${path}`;
    const match = matchEndpoint(endpoints, { method, path });
    const restricted = new Set(fieldRestrictions.map(({ entity }) => entity));
    const returns = (match?.access.returns ?? []).filter((entity) => restricted.has(entity));
    return [
      inAccess(name, ['endpoints', name], reach(method, match, readPaths !== undefined)),
      inAccess(`${name} returns`, ['endpoints', name, 'returns'], {
        type: 'guard',
        items: returns.map((one) => itemOf(one)),
      }),
    ];
  });
  const bounds = asked.bounds.map(({ method, path, field, escalate }) => {
    const name = `${method} ${path}`;
    const access = matchEndpoint(endpoints, { method, path })?.access;
    const own = access?.thresholds.filter((one) => one.field === field && one.escalate === escalate) ?? [];
    const number = own.length > 0 ? Math.min(...own.map(({ above }) => above)) : undefined;
    return inAccess(`${name} ${field} above (${escalate})`, ['endpoints', name, 'thresholds'], {
      type: 'most',
      number,
    });
  });
  return [...operations, ...bounds];
}

const NEVER = 0;
const REVIEW = 1;
const AS_WRITE = 2;
const USUAL_READ = 3;
const USUAL_WRITE = 1;

/** How far an operation is open, by the entry that judges it. */
function reach(method: string, match: ReturnType<typeof matchEndpoint>, hasReadPaths: boolean): RightValue {
  const isRead = READS.includes(method);
  const usual = isRead ? USUAL_READ : USUAL_WRITE;
  const { level, text } = isRead ? reachOfRead(match?.access, hasReadPaths) : reachOfWrite(match?.access);
  const isTighter = match?.exact !== false || level < usual;
  return { type: 'level', usual, ...(isTighter ? { level, text } : { level: usual, text: 'not named' }) };
}

function reachOfRead(access: EndpointAccess | undefined, hasReadPaths: boolean) {
  if (access?.confirm === 'never') return { level: NEVER, text: 'never' };
  if (access && access.confirm !== false) return { level: REVIEW, text: 'read after review' };
  if (access?.intent === 'write') return { level: AS_WRITE, text: 'write' };
  if (access?.intent === 'read' && hasReadPaths) return { level: USUAL_READ + 1, text: 'read, whatever readPaths say' };
  return { level: USUAL_READ, text: 'read' };
}

function reachOfWrite(access: EndpointAccess | undefined) {
  if (!access) return { level: USUAL_WRITE, text: 'not named' };
  if (access.confirm === 'never') return { level: NEVER, text: 'never' };
  const isRead = access.intent === 'read';
  if (access.confirm !== false) {
    return isRead ? { level: 2, text: 'read after review' } : { level: USUAL_WRITE, text: 'write after review' };
  }
  return isRead ? { level: 4, text: 'read, allowed in read-only runs' } : { level: 3, text: 'write' };
}

function grant(...texts: readonly unknown[]): RightValue {
  return { type: 'grant', items: texts.map((text) => itemOf(text)) };
}

function some(value: unknown): readonly unknown[] {
  return value === undefined ? [] : [value];
}

function commandLine({ command, args }: Connection['spec']): string | undefined {
  return command === undefined ? undefined : [command, ...listOf(args)].join(' ');
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
