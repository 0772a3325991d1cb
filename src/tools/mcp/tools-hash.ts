import { createHash } from 'node:crypto';

/** What a server says of one of its tools, as it was sent. */
export interface ListedTool {
  readonly name: string;
  readonly description?: string;
  readonly inputSchema: unknown;
}

/** The hash of a tool list: names, descriptions and input schemas, whatever their order. `sha256:` and lower hex. */
export function hashTools(tools: readonly ListedTool[]): string {
  const sorted = [...tools].sort((a, b) => (a.name < b.name ? -1 : 1));
  const facts = sorted.map(({ name, description = '', inputSchema }) => ordered({ name, description, inputSchema }));
  return `sha256:${createHash('sha256').update(JSON.stringify(facts)).digest('hex')}`;
}

function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, child]) => [key, ordered(child)]));
}
