import type { Automation } from '../domain/automation.ts';
import type { Bundle } from '../domain/bundle.ts';
import type { Redelivery } from '../domain/ports/rejections.ts';
import { DEFAULT_REJECTION_BOUNDS, type Rejection } from '../domain/rejection.ts';
import { type Authentic, authenticate } from './authenticate.ts';
import { unknownRejection } from './list-rejections.ts';
import type { OperationsPorts } from './ports.ts';
import { rejectionView } from './rejection-view.ts';
import { takeEvent } from './take-event.ts';
import type { RejectionView, WebhookOperations } from './webhook-operations.ts';

const MOST_AT_ONCE = DEFAULT_REJECTION_BOUNDS.authentic.rows + DEFAULT_REJECTION_BOUNDS.unproven.rows;

/** Tries requests again that were turned away, oldest first, as if they came now; only their time is that of receipt. */
export function redeliverRejections(ports: OperationsPorts): WebhookOperations['redeliverRejections'] {
  return async ({ ids, automation, since, by }) => {
    const found = ids ? await named(ports, ids) : await waiting(ports, { automation, since });
    const settled: RejectionView[] = [];
    let left = 0;
    for (const rejection of found) {
      const redelivery = await redeliver(ports, rejection, by);
      const after = redelivery && (await ports.database.settleRejection(rejection.id, redelivery, ports.clock.now()));
      if (after) settled.push(rejectionView(after));
      else left += 1;
    }
    const redelivered = settled.filter(({ status }) => status === 'redelivered').length;
    if (redelivered > 0) ports.onEnqueued();
    return { redelivered, refused: settled.length - redelivered, left, rejections: settled };
  };
}

async function named({ database }: OperationsPorts, ids: readonly string[]): Promise<readonly Rejection[]> {
  const found: Rejection[] = [];
  for (const id of new Set(ids)) {
    const rejection = await database.getRejection(id);
    if (!rejection) throw unknownRejection(id);
    found.push(rejection);
  }
  return found;
}

async function waiting(
  { database }: OperationsPorts,
  filter: { readonly automation?: string; readonly since?: number },
): Promise<readonly Rejection[]> {
  const rows = await database.listRejections({ ...filter, limit: MOST_AT_ONCE });
  return rows.filter(({ status, hasBody }) => status !== 'redelivered' && hasBody).reverse();
}

/** What becomes of one; undefined when there is no room for its run now. */
async function redeliver(ports: OperationsPorts, rejection: Rejection, by: string): Promise<Redelivery | undefined> {
  const refused = (outcome: string): Redelivery => ({ status: 'refused', outcome, by });
  if (rejection.status === 'redelivered') {
    return { status: 'redelivered', outcome: 'it ran before', by, ...(rejection.run && { run: rejection.run }) };
  }
  const bundle = ports.bundles.active();
  const automation = bundle.automations.get(rejection.automation);
  const body = await ports.database.readRejectionBody(rejection.id);
  const closed = await whyClosed(ports, bundle, rejection.automation);
  if (closed || !automation) return refused(closed ?? 'there is no such automation any more');
  if (!body) return refused('its body was not kept');
  const request = { headers: rejection.headers, query: new URLSearchParams(rejection.query) };
  const authentic = authenticateAgain(ports, { automation, bundle, rejection, body });
  if (authentic.type !== 'authentic') return refused(whyRefused(authentic));
  const { identity, parsed, replayKey = `rejection:${rejection.id}` } = authentic;
  if (!parsed.ok) return refused('it is nested too deep');
  const { payload } = parsed;
  const arrived = { automation, bundle, request, body, payload, identity, replayKey, requestedBy: by };
  const taken = await takeEvent(ports, arrived);
  switch (taken.type) {
    case 'full':
      return undefined;
    case 'ignored':
      return refused(`ignored: ${taken.reason}`);
    case 'queued':
      return { status: 'redelivered', outcome: 'it runs', run: taken.run, by };
    case 'duplicate':
      return { status: 'redelivered', outcome: 'it had a run already', run: taken.run, by };
    case 'skipped':
      return { status: 'redelivered', outcome: `skipped: ${taken.reason}`, run: taken.run, by };
  }
}

/** A paused automation would only turn it away again. */
async function whyClosed({ database }: OperationsPorts, bundle: Bundle, name: string): Promise<string | undefined> {
  const automation = bundle.automations.get(name);
  if (!automation) return bundle.broken.has(name) ? 'the file is broken: repair it first' : undefined;
  if (!automation.enabled) return 'the automation is disabled';
  const { paused } = await database.getAutomationState(name);
  return paused && 'the automation is paused: resume it first';
}

interface Again {
  readonly automation: Automation;
  readonly bundle: Bundle;
  readonly rejection: Rejection;
  readonly body: Buffer;
}

/** A credential that was right is not kept, so such a request counts as proved by its row; all others prove themselves anew. */
function authenticateAgain(ports: OperationsPorts, { automation, bundle, rejection, body }: Again): Authentic {
  const { headers, query, receivedAt, isAuthentic } = rejection;
  const auth = automation.webhookAuth;
  const preset = ports.presets.find(({ name }) => name === auth?.type);
  const isCredential = auth !== undefined && preset?.reading?.(auth)?.proof?.isCredential === true;
  const request = { method: 'POST', headers, query: new URLSearchParams(query), body, receivedAt };
  const isProven = isAuthentic && isCredential;
  return authenticate(ports, { automation, bundle }, { ...request, ...(isProven && { isProven: true as const }) });
}

function whyRefused(authentic: Exclude<Authentic, { type: 'authentic' }>): string {
  switch (authentic.type) {
    case 'blocked':
      return 'webhookAuth cannot verify anything: see `amodal validate`';
    case 'handshake':
      return 'it is a handshake of the sender, which starts no run';
    case 'refused':
      return `refused again: ${authentic.reason}`;
  }
}
