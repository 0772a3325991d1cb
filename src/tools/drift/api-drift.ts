import type { Connection, StoredSpec } from '../../domain/connection.ts';
import type { Tool, ToolContext, ToolResult } from '../../domain/ports/tool.ts';
import type { HttpClient } from '../../net/index.ts';
import type { Change, Drift, SpecFormat } from './drift-job.ts';
import { fetchLiveSpec } from './fetch-live-spec.ts';
import { readStoredSpec, type SpecText } from './read-stored-spec.ts';
import { runDriftWorker } from './run-drift-worker.ts';

/** Changes of one kind that are told one by one; the counts hold all. */
const MAX_TOLD = 50;

/** The tool `api_drift`: what an upstream says of itself now, compared with the description that Git holds. */
export function apiDriftTool(http: Pick<HttpClient, 'send'>): Tool {
  return {
    name: 'api_drift',
    description:
      'Compare the live API description (OpenAPI or GraphQL) of a connection with the one stored beside it in Git. Answers a verdict (clean, additive, changed or breaking), counts, and what was added, removed and changed; "breaking" marks what can fail a caller of today.',
    inputSchema: {
      type: 'object',
      properties: {
        connection: { type: 'string', description: 'The name of a connection with a stored description.' },
      },
      required: ['connection'],
      additionalProperties: false,
    },
    effect: (input) => {
      const { connection } = input as { readonly connection: string };
      return { ok: true, call: { kind: 'tool', tool: 'api_drift', effect: 'read', connection } };
    },
    run: async (input, context) => {
      const { connection: name } = input as { readonly connection: string };
      const connection = context.bundle.connections.get(name);
      if (!connection?.storedSpec) return notCompared(`${missing(name, connection)}; ${others(context)}`);
      return compare(connection, connection.storedSpec, { http, context });
    },
  };
}

interface Means {
  readonly http: Pick<HttpClient, 'send'>;
  readonly context: ToolContext;
}

async function compare(connection: Connection, { file, format }: StoredSpec, means: Means): Promise<ToolResult> {
  const { context } = means;
  const stored = await readStoredSpec({ file, format }, context.bundle);
  if (!stored.ok) return notCompared(stored.reason);
  const live = await fetchLiveSpec(connection, means);
  if (!live.ok) return { ok: false, text: live.reason };
  const answer = await runDriftWorker({ format, stored: stored.text, live: live.text }, context.signal);
  if (!answer.ok) return { ok: false, text: answer.error };
  const checkedAt = new Date(context.now()).toISOString();
  return {
    ok: true,
    text: JSON.stringify(reportOf(answer.drift, { connection, file, format, checkedAt, stored, live })),
  };
}

interface Compared {
  readonly connection: Connection;
  readonly file: string;
  readonly format: SpecFormat;
  readonly checkedAt: string;
  readonly stored: Extract<SpecText, { ok: true }>;
  readonly live: Extract<SpecText, { ok: true }>;
}

function reportOf(drift: Drift, { connection, file, format, checkedAt, stored, live }: Compared) {
  const { added, removed, changed, versions } = drift;
  const breaking = [...removed, ...changed, ...added].filter((change) => change.breaking).length;
  return {
    connection: connection.name,
    format,
    verdict: verdictOf(drift, breaking),
    checkedAt,
    counts: { added: added.length, removed: removed.length, changed: changed.length, breaking },
    stored: { file, hash: stored.hash, ...(versions && { version: versions.stored }) },
    live: { hash: live.hash, ...(versions && { version: versions.live }) },
    removed: told(removed),
    changed: told(changed),
    added: told(added),
  };
}

function verdictOf(
  { added, removed, changed }: Drift,
  breaking: number,
): 'clean' | 'additive' | 'changed' | 'breaking' {
  if (breaking > 0) return 'breaking';
  if (removed.length + changed.length > 0) return 'changed';
  return added.length > 0 ? 'additive' : 'clean';
}

/** What can break somebody comes first, so that it is never what is left out. */
function told(changes: readonly Change[]): readonly Change[] {
  const first = changes.filter(({ breaking }) => breaking);
  return [...first, ...changes.filter(({ breaking }) => !breaking)].slice(0, MAX_TOLD);
}

function missing(name: string, connection: Connection | undefined): string {
  const place = connection?.protocol === 'git' ? 'specPath' : 'specUrl';
  return connection?.specUrl === undefined && connection?.spec.specPath === undefined
    ? `connection "${name}" has no "${place}" in its spec.json`
    : `connection "${name}" has no stored description (openapi.json, openapi.yaml or schema.graphql) beside its spec.json`;
}

function others({ bundle, automation }: ToolContext): string {
  const names = [...bundle.connections.values()].filter(
    ({ name, storedSpec }) => storedSpec && (automation.connections?.includes(name) ?? true),
  );
  return `there are: ${names.map(({ name }) => name).join(', ') || 'none'}`;
}

function notCompared(text: string): ToolResult {
  return { ok: false, text, sent: false };
}
