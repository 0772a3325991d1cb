import type { Automation } from '../domain/automation.ts';
import type { AutomationState } from '../domain/automation-state.ts';
import type { Bundle } from '../domain/bundle.ts';
import { isRehearsal, type Run } from '../domain/run.ts';
import { firesBetween, nextFire } from '../domain/schedule.ts';
import { describeTarget } from './describe-target.ts';
import { firstFinding } from './find-automation.ts';
import { isoTime, isoTimeOrNull } from './iso-time.ts';
import type { OperationsPorts } from './ports.ts';
import type { AutomationDetail, AutomationView } from './views.ts';
import { webhookUrl } from './webhook-url.ts';

/** Rows looked through for the last one that ran: pauses and gaps leave rows that did not. */
const LAST_RUN_ROWS = 20;

const UPCOMING = 5;

/** The last moment that a date can hold. */
const LATEST_TIME = 8.64e15;

type ViewPorts = Pick<OperationsPorts, 'database' | 'instanceSecret' | 'publicUrl' | 'clock'>;

/** One line of `list`: the file and the state side by side. */
export async function automationView(ports: ViewPorts, bundle: Bundle, name: string): Promise<AutomationView> {
  const state = await ports.database.getAutomationState(name);
  const runs = await ports.database.listRuns({ automation: name, limit: LAST_RUN_ROWS });
  const automation = bundle.automations.get(name);
  const { status, reason, since } = statusOf(bundle, name, state);
  const takesWebhooks = automation?.trigger === 'webhook' || automation?.webhookAuth !== undefined;
  return {
    name,
    title: automation?.title ?? name,
    trigger: automation?.trigger ?? 'manual',
    schedule: automation?.schedule?.expression ?? null,
    timezone: automation?.schedule?.timezone ?? null,
    status,
    nextRun:
      automation?.schedule && fires(bundle, name, status) ? isoTimeOrNull(nextRun(ports, automation, state)) : null,
    lastRun: lastRunOf(runs),
    webhookUrl: takesWebhooks ? webhookUrl(ports, state) : null,
    statusReason: reason ?? null,
    statusSince: isoTimeOrNull(since),
  };
}

/** One automation whole, with its next fires and what is wrong with its file. */
export async function automationDetail(ports: ViewPorts, bundle: Bundle, name: string): Promise<AutomationDetail> {
  const view = await automationView(ports, bundle, name);
  const state = await ports.database.getAutomationState(name);
  const automation = bundle.automations.get(name);
  const broken = bundle.broken.get(name);
  const file = automation?.file ?? broken?.file ?? '';
  return {
    ...view,
    description: automation?.description ?? null,
    file,
    prompt: automation?.prompt ?? '',
    nextRuns: fires(bundle, name, view.status) ? nextRuns(automation, state) : [],
    writeEnabled: automation?.writeEnabled ?? false,
    targets: (automation?.delivery.targets ?? []).map(describeTarget),
    alertTargets: (automation?.failureAlert?.targets ?? []).map(describeTarget),
    consecutiveFailures: state.alert.consecutiveFailures,
    owner: automation?.owner ?? null,
    tags: automation?.tags ?? [],
    diagnostics: broken?.diagnostics ?? bundle.diagnostics.filter((diagnostic) => diagnostic.file === file),
  };
}

/** As stored; for a schedule that no runtime has seen yet, as it will be. */
function nextRun(
  { clock }: ViewPorts,
  { schedule, scheduleHash }: Automation,
  state: AutomationState,
): number | undefined {
  if (!schedule || state.scheduleHash === scheduleHash) return state.nextFire;
  return nextFire(schedule, clock.now());
}

interface Status {
  readonly status: AutomationView['status'];
  readonly reason?: string;
  readonly since?: number;
}

function statusOf(bundle: Bundle, name: string, { paused }: AutomationState): Status {
  const broken = bundle.broken.get(name);
  const automation = bundle.automations.get(name);
  if (broken) {
    const finding = firstFinding(broken);
    return { status: 'broken', reason: automation ? `${finding}; the last good version stays in force` : finding };
  }
  if (paused) {
    const { automatic, reason, at } = paused;
    return { status: automatic ? 'auto_paused' : 'paused', reason, since: at };
  }
  if (automation?.enabled === false) return { status: 'disabled', reason: `${automation.file} says enabled: false` };
  return { status: 'active' };
}

/** A broken file's last good version goes on firing. */
function fires(bundle: Bundle, name: string, status: AutomationView['status']): boolean {
  return status === 'active' || (status === 'broken' && bundle.automations.get(name)?.enabled === true);
}

function nextRuns(automation: Automation | undefined, state: AutomationState): readonly string[] {
  if (!automation?.schedule || state.nextFire === undefined) return [];
  const span = { from: state.nextFire, to: LATEST_TIME, limit: UPCOMING - 1 };
  return [state.nextFire, ...firesBetween(automation.schedule, span)].map(isoTime);
}

/** Replays that only show are no runs of the automation. */
function lastRunOf(all: readonly Run[]): AutomationView['lastRun'] {
  const runs = all.filter((run) => !isRehearsal(run));
  const run = runs.find(({ status }) => status !== 'skipped' && status !== 'missed') ?? runs[0];
  if (!run) return null;
  const { id, status, reason, startedAt } = run;
  return { id, status, reason: reason ?? null, startedAt: isoTimeOrNull(startedAt) };
}
