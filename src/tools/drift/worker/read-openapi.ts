import { parseDocument } from 'yaml';
import { entriesOf, listOf, type Node, nodeOf, resolved, textsIn } from './json-node.ts';

/** What a description says, in the one shape that is compared; schemas are still as they were written. */
export interface Description {
  readonly root: Node;
  readonly version: string;
  /** By method and path without the names of its parameters. */
  readonly operations: ReadonlyMap<string, Operation>;
}

export interface Operation {
  /** `GET /orders/{id}` */
  readonly at: string;
  readonly deprecated: boolean;
  /** Nobody may call it without credentials. */
  readonly secured: boolean;
  /** By place and name; those in the path by their position. */
  readonly parameters: ReadonlyMap<string, Parameter>;
  readonly body?: { readonly required: boolean; readonly content: Content };
  /** By status, `default` included. */
  readonly responses: ReadonlyMap<string, Content>;
}

export interface Parameter {
  readonly name: string;
  readonly place: string;
  readonly required: boolean;
  readonly schema: Node;
}

/** Schemas by media type. */
export type Content = ReadonlyMap<string, Node>;

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'];
const MAX_ALIASES = 100;

/** Reads an OpenAPI 3 or Swagger 2 description in JSON or YAML; throws a sentence about a text that is none. */
export function readOpenapi(text: string): Description {
  const root = nodeOf(parsed(text));
  if (typeof root.openapi !== 'string' && typeof root.swagger !== 'string') {
    throw new Error('it is no OpenAPI description: it says neither "openapi" nor "swagger"');
  }
  const operations = new Map<string, Operation>();
  for (const [path, item] of entriesOf(root.paths)) {
    const shared = resolved(root, item);
    for (const method of METHODS.filter((name) => Object.hasOwn(shared, name))) {
      const key = `${method} ${path.replace(/\{[^{}]*\}/g, '{}')}`;
      operations.set(key, operationOf(root, { shared, method, path }));
    }
  }
  return { root, version: String(nodeOf(root.info).version ?? ''), operations };
}

function parsed(text: string): unknown {
  if (/^\s*\{/.test(text)) return JSON.parse(text);
  const document = parseDocument(text);
  const [problem] = document.errors;
  if (problem) throw new Error(`it is neither JSON nor YAML: ${problem.message.split('\n')[0]}`);
  return document.toJS({ maxAliasCount: MAX_ALIASES });
}

interface Place {
  readonly shared: Node;
  readonly method: string;
  readonly path: string;
}

function operationOf(root: Node, { shared, method, path }: Place): Operation {
  const node = nodeOf(shared[method]);
  const all = [...listOf(shared.parameters), ...listOf(node.parameters)].map((one) => resolved(root, one));
  const inPath = [...path.matchAll(/\{([^{}]*)\}/g)].map(([, name]) => name);
  const parameters = new Map<string, Parameter>();
  for (const { in: place, name, required, schema, ...rest } of all.filter((one) => one.in !== 'body')) {
    const key = place === 'path' ? `path ${inPath.indexOf(String(name))}` : `${place} ${String(name).toLowerCase()}`;
    const own = schema === undefined ? rest : nodeOf(schema);
    parameters.set(key, { name: String(name), place: String(place), required: required === true, schema: own });
  }
  const body = bodyOf(root, node, { all, types: textsIn(node.consumes ?? root.consumes) });
  return {
    at: `${method.toUpperCase()} ${path}`,
    deprecated: node.deprecated === true,
    secured: isSecured(node.security ?? root.security),
    parameters,
    ...(body && { body }),
    responses: new Map(
      entriesOf(node.responses).map(([status, one]) => [status, responseOf(root, node, resolved(root, one))]),
    ),
  };
}

/** An empty list and an empty alternative both mean: without credentials. */
function isSecured(security: unknown): boolean {
  const ways = listOf(security);
  return ways.length > 0 && ways.every((way) => entriesOf(way).length > 0);
}

interface Given {
  readonly all: readonly Node[];
  /** Of Swagger 2. */
  readonly types: readonly string[];
}

function bodyOf(root: Node, node: Node, { all, types }: Given): Operation['body'] {
  const old = all.find((one) => one.in === 'body');
  if (old) return { required: old.required === true, content: contentFor(types, nodeOf(old.schema)) };
  if (node.requestBody === undefined) return undefined;
  const body = resolved(root, node.requestBody);
  return { required: body.required === true, content: contentOf(body.content) };
}

function responseOf(root: Node, node: Node, response: Node): Content {
  if (response.schema === undefined) return contentOf(response.content);
  return contentFor(textsIn(node.produces ?? root.produces), nodeOf(response.schema));
}

function contentFor(types: readonly string[], schema: Node): Content {
  return new Map((types.length > 0 ? types : ['application/json']).map((type) => [type, schema]));
}

function contentOf(content: unknown): Content {
  return new Map(entriesOf(content).map(([type, media]) => [type, nodeOf(nodeOf(media).schema)]));
}
