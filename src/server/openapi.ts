import { VERSION } from '../domain/version.ts';
import { ROUTES, type RouteDescription } from './routes.ts';

/** The OpenAPI 3.1 description. */
export function openApi() {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of ROUTES) {
    const path = paths[route.path] ?? {};
    paths[route.path] = path;
    path[route.method] = operation(route);
  }
  return {
    openapi: '3.1.0',
    info: { title: 'amodal', version: VERSION },
    paths,
    components: {
      securitySchemes: { admin: { type: 'http', scheme: 'bearer' }, key: { type: 'http', scheme: 'bearer' } },
      schemas: { Problem: PROBLEM_SCHEMA },
    },
  };
}

const PROBLEM_SCHEMA = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'code'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    code: { type: 'string' },
  },
} as const;

function operation({ path, summary, query = [], body, status = 200, produces, token }: RouteDescription) {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => parameter(name ?? '', 'path'));
  return {
    summary,
    security: securityOf(token),
    parameters: [...inPath, ...query.map((name) => parameter(name, 'query'))],
    ...(body && { requestBody: { content: { 'application/json': { schema: bodySchema(body) } } } }),
    responses: {
      [status]: { description: 'Done', content: { [produces ?? 'application/json']: {} } },
      default: {
        description: 'Refused',
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
  };
}

function securityOf(token: RouteDescription['token']) {
  if (token === false) return [];
  const admin = token === 'key' ? [] : [{ admin: [] }];
  return token === undefined ? admin : [...admin, { key: [] }];
}

function parameter(name: string, place: 'path' | 'query') {
  return { name, in: place, required: place === 'path', schema: { type: 'string' } };
}

function bodySchema(body: Readonly<Record<string, 'string' | 'number' | 'any'>>) {
  const properties = Object.entries(body).map(([name, type]) => [name, type === 'any' ? {} : { type }]);
  return { type: 'object', properties: Object.fromEntries(properties) };
}
