import { type Context, Hono } from 'hono';
import { stream } from 'hono/streaming';
import { type AuditHead, parseAuditHead } from '../domain/audit.ts';
import { AmodalError } from '../domain/error.ts';
import type { Operations } from '../operations/operations.ts';
import { integerParameter } from './parameters.ts';

const DEFAULT_ROWS = 100;
const MOST_ROWS = 1000;

/** `/api/audit…`: the trail in pages, whole as JSON lines, and the proof of its chain. */
export function auditRoutes(operations: Operations): Hono {
  const routes = new Hono();
  routes.get('/', async (c) =>
    c.json(
      await operations.listAudit({
        after: afterParameter(c),
        run: c.req.query('run') || undefined,
        limit: integerParameter(c, 'limit', { min: 1, max: MOST_ROWS }) ?? DEFAULT_ROWS,
      }),
    ),
  );
  routes.get('/verify', async (c) => c.json(await operations.verifyAudit({ expect: expectParameter(c) })));
  routes.get('/export', (c) => exportTrail(operations, c));
  return routes;
}

function exportTrail(operations: Operations, c: Context): Response {
  let after = afterParameter(c) ?? 0;
  c.header('content-type', 'application/x-ndjson');
  return stream(c, async (out) => {
    for (;;) {
      const page = await operations.listAudit({ after, limit: MOST_ROWS });
      for (const record of page) await out.write(`${JSON.stringify(record)}\n`);
      after = page.at(-1)?.seq ?? after;
      if (page.length < MOST_ROWS || out.aborted) return;
    }
  });
}

function afterParameter(c: Context): number | undefined {
  return integerParameter(c, 'after', { min: 0, max: Number.MAX_SAFE_INTEGER });
}

function expectParameter(c: Context): AuditHead | undefined {
  const text = c.req.query('expect');
  if (!text) return undefined;
  const head = parseAuditHead(text);
  if (head) return head;
  throw new AmodalError(
    'bad_request',
    'expect must be the number and hash of a record, e.g. 12:6f1e… (64 hex digits).',
  );
}
