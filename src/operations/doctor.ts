import type { Automation } from '../domain/automation.ts';
import type { Bundle } from '../domain/bundle.ts';
import { hasErrors } from '../domain/diagnostic.ts';
import { automationNames, firstFinding } from './find-automation.ts';
import type { OperationsPorts, SelfAnswer } from './ports.ts';
import { sampleOf } from './test-webhook.ts';
import type { DoctorCheck, WebhookOperations } from './webhook-operations.ts';
import { PING_HEADER, pingOf } from './webhook-ping.ts';
import { takesWebhooks, webhookPath } from './webhook-url.ts';

/** Checks the bundle, the state, and that every hook answers under every URL that leads to it. */
export function doctor(ports: OperationsPorts): WebhookOperations['doctor'] {
  return async () => {
    const bundle = ports.bundles.active();
    const hooks = automationNames(bundle).map((name) => checkHook(ports, bundle, name));
    const checks = [checkBundle(bundle), await checkState(ports), ...(await Promise.all(hooks)).flat()];
    return { ok: checks.every(({ status }) => status !== 'error'), checks };
  };
}

function checkBundle({ diagnostics, automations, broken }: Bundle): DoctorCheck {
  const errors = diagnostics.filter(({ severity }) => severity === 'error').length;
  const message = `${automations.size} automations, ${broken.size} broken files, ${errors} errors, ${diagnostics.length - errors} warnings`;
  return { name: 'bundle', status: hasErrors(diagnostics) ? 'error' : 'ok', message };
}

async function checkState({ database, isLive }: OperationsPorts): Promise<DoctorCheck> {
  const isWritable = await database.healthy().catch(() => false);
  const { queued, running } = isWritable ? await database.countRuns() : { queued: 0, running: 0 };
  const message = isWritable ? `can be written; ${queued} runs wait, ${running} run` : 'cannot be written';
  const services = isLive() ? '' : '; a background service has died';
  return { name: 'state', status: isWritable && isLive() ? 'ok' : 'error', message: `${message}${services}` };
}

async function checkHook(ports: OperationsPorts, bundle: Bundle, name: string): Promise<readonly DoctorCheck[]> {
  const automation = bundle.automations.get(name);
  const broken = bundle.broken.get(name);
  if (broken && !automation) return [{ name: `webhook ${name}`, status: 'error', message: firstFinding(broken) }];
  if (!automation?.enabled || !takesWebhooks(automation)) return [];
  const path = webhookPath(ports, await ports.database.getAutomationState(name));
  const bases = [...new Set([ports.ownUrl?.() ?? ports.publicUrl(), ports.publicUrl()])];
  return Promise.all(bases.map((base) => ping(ports, { automation, bundle, url: `${base}${path}`, base })));
}

interface Ping {
  readonly automation: Automation;
  readonly bundle: Bundle;
  readonly url: string;
  readonly base: string;
}

/** A signed request that the door knows as ours: it is verified like any other and starts no run. */
async function ping(ports: OperationsPorts, { automation, bundle, url, base }: Ping): Promise<DoctorCheck> {
  const { name } = automation;
  const sample = sampleOf(ports, { automation, bundle });
  const value = pingOf(ports.instanceSecret, name, ports.clock.now());
  const answer = sample.ok
    ? await ports.sendToSelf({ ...sample, headers: { ...sample.headers, [PING_HEADER]: value }, url })
    : await ports.sendToSelf({ method: 'GET', headers: {}, body: Buffer.alloc(0), url });
  const verdict = sample.ok ? verdictOf(answer, base) : unsignedVerdict(answer, base, sample.reason);
  return { name: `webhook ${name}`, ...verdict };
}

type Verdict = Pick<DoctorCheck, 'status' | 'message'>;

function verdictOf(answer: SelfAnswer, base: string): Verdict {
  if (!answer.ok) return { status: 'error', message: `registered, but nothing listens at ${base}: ${answer.error}` };
  switch (answer.status) {
    case 200:
      return answer.text.includes('"pong"')
        ? {
            status: 'ok',
            message: `${base} verified a signed ping${answer.text.includes('"paused":true') ? '; paused' : ''}`,
          }
        : { status: 'error', message: `${base} answered 200, but not as this runtime does: another server is there` };
    case 403:
      return { status: 'warning', message: `${base} listens; our own address is not in webhook.allowCIDRs` };
    case 404:
      return {
        status: 'error',
        message: `registered, but ${base} knows no such hook: another server or state is there`,
      };
    case 429:
      return { status: 'warning', message: `${base} listens, but its rate is used up` };
    default:
      return { status: 'error', message: `${base} answered ${answer.status} to a signed ping` };
  }
}

function unsignedVerdict(answer: SelfAnswer, base: string, reason: string): Verdict {
  if (!answer.ok || answer.status !== 200) return verdictOf(answer, base);
  return { status: 'ok', message: `${base} listens; a signature could not be tried: ${reason}` };
}
