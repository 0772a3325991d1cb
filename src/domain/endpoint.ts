import type { EndpointAccess } from './connection.ts';

/** What of a call its name depends on. */
export interface Operation {
  readonly connection: string;
  readonly method: string;
  readonly path: string;
}

/**
 * What an access file says of a call. `exact` is false when the path only looks like the template (case, a trailing
 * slash, `;` parameters): such a match may tighten, never permit.
 */
export interface EndpointMatch {
  readonly access: EndpointAccess;
  readonly exact: boolean;
}

const OPERATION = /^(?:([^\s:/]+):)?([A-Z]+)\s+(\/\S*)$/;

/**
 * The entry that fits best: the most literal one, of equals the strictest; HEAD is judged like GET. A stricter entry
 * that a lenient upstream might take for the one that is meant (`/jobs/RUN` for `/jobs/run`) goes before one that fits
 * only by a parameter (`/jobs/{id}`).
 */
export function matchEndpoint(
  endpoints: readonly EndpointAccess[],
  { method, path }: Pick<Operation, 'method' | 'path'>,
): EndpointMatch | undefined {
  const verb = method === 'HEAD' ? 'GET' : method;
  const candidates = endpoints.filter((access) => access.method === verb || access.method === method);
  const exact = best(candidates, true, (template) => fits(segmentsOf(template), segmentsOf(path).map(decoded)));
  const lenient = best(candidates, false, (template) => fits(looseSegments(template), looseSegments(path)));
  if (!exact || !lenient) return exact ?? lenient;
  const isMeant = literals(lenient.access.path) > literals(exact.access.path);
  return isMeant && strictness(lenient.access) > strictness(exact.access) ? lenient : exact;
}

/** Whether an item of `writes.operations` (`"[connection:]METHOD /path/{param}"`) names this call. */
export function namesOperation(item: string, { connection, method, path }: Operation): boolean {
  const [, owner, verb, template] = OPERATION.exec(item) ?? [];
  if (verb !== method || template === undefined || (owner !== undefined && owner !== connection)) return false;
  return fits(segmentsOf(template), segmentsOf(path).map(decoded));
}

/** Whether a path, percent-decoded once, fits one of the templates (`{param}` = one segment). */
export function fitsAny(templates: readonly string[], path: string): boolean {
  return templates.some((template) => fits(segmentsOf(template), segmentsOf(path).map(decoded)));
}

function best(
  candidates: readonly EndpointAccess[],
  exact: boolean,
  matches: (template: string) => boolean,
): EndpointMatch | undefined {
  const fitting = candidates.filter((access) => matches(access.path));
  const [first] = fitting.sort((a, b) => literals(b.path) - literals(a.path) || strictness(b) - strictness(a));
  return first && { access: first, exact };
}

function segmentsOf(path: string): string[] {
  return path.split('/').slice(1);
}

/** A parameter stands for exactly one segment that is not empty. */
function fits(template: readonly string[], path: readonly string[]): boolean {
  if (template.length !== path.length) return false;
  return template.every((part, index) => (isParameter(part) ? path[index] !== '' : part === path[index]));
}

function isParameter(part: string): boolean {
  return part === '*' || (part.startsWith('{') && part.endsWith('}'));
}

/** What an upstream reads in a segment: percent-decoded once; a segment that does not decode is no literal. */
function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** Empty segments (a trailing or doubled slash) do not count. */
function looseSegments(path: string): string[] {
  return segmentsOf(path).map(loose).filter(Boolean);
}

/** What a lenient upstream may read in it: no case, nothing after `;`, `?` or `#`, no dots and extension at its end. */
function loose(segment: string): string {
  if (isParameter(segment)) return segment;
  const [name = ''] = decoded(segment).normalize('NFKC').toLowerCase().split(/[;?#]/);
  return name
    .replaceAll(/[\s\p{Cf}]+/gu, '')
    .replace(/(\.(json|xml|html?|csv|txt|jsonp?|php|aspx?|do|action))?\.*$/, '');
}

function literals(template: string): number {
  return segmentsOf(template).filter((part) => !isParameter(part)).length;
}

function strictness({ confirm, intent, thresholds }: EndpointAccess): number {
  const tier = confirm === 'never' ? 8 : confirm === false ? 0 : 4;
  return tier + (intent === 'write' ? 2 : 0) + (thresholds.length > 0 ? 1 : 0);
}
