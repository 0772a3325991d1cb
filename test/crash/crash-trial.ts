import { setTimeout as delay } from 'node:timers/promises';
import { type AmodalProcess, isUp, runAmodal, spawnAmodal } from '../support/amodal-process.ts';
import { freePort } from '../support/free-port.ts';
import { CRASH_ENV, postEvent, writeCrashBundle } from './crash-bundle.ts';
import { startUpstreams, type Upstreams } from './upstreams.ts';

const AUTOMATIONS = ['reader', 'writer', 'failing'] as const;

interface RunRow {
  readonly id: string;
  readonly automation: string;
  readonly status: string;
  readonly reason: string | null;
  readonly trigger: string;
  readonly instant: string | null;
  readonly event: string | null;
  readonly writesSent?: number;
  readonly deliveries: readonly { readonly id: string; readonly kind: string; readonly status: string }[];
  readonly writes: readonly { readonly idempotencyKey: string; readonly outcome: string }[];
}

/** One bundle with its upstreams, whose runtime is killed and started again on the same port and state. */
export interface CrashTrial {
  readonly upstreams: Upstreams;
  readonly port: number;
  /** Event ids that got 202 at least once. */
  readonly accepted: Set<string>;
  /** Every event id that was ever posted. */
  readonly posted: Set<string>;
  process(): AmodalProcess;
  start(env?: Readonly<Record<string, string>>): Promise<boolean>;
  /** Posts these events side by side, each once; those that got an answer are noted. */
  post(ids: readonly string[]): Promise<void>;
  /** Posts everything again that was never acknowledged, until it is. */
  postAgain(): Promise<void>;
  /** Waits until nothing is queued, running or pending. */
  settle(): Promise<void>;
  runs(): Promise<readonly RunRow[]>;
  cli(args: readonly string[]): Promise<{ code: number | null; stdout: string; stderr: string }>;
}

export async function createCrashTrial(
  dir: string,
  { cron, mode = 'start' }: { readonly cron: string; readonly mode?: 'start' | 'dev' },
): Promise<CrashTrial> {
  const upstreams = await startUpstreams();
  const port = await freePort();
  writeCrashBundle(dir, upstreams.url, { cron });
  const accepted = new Set<string>();
  const posted = new Set<string>();
  let process: AmodalProcess | undefined;
  const current = (): AmodalProcess => {
    if (!process) throw new Error('the runtime was not started');
    return process;
  };
  const base = `http://127.0.0.1:${port}`;
  const postOne = async (id: string): Promise<void> => {
    posted.add(id);
    const answer = await postEvent(base, automationOf(id), id);
    if (answer?.status === 202 || answer?.verdict === 'duplicate') accepted.add(id);
  };
  const call = async <T>(path: string, method: 'GET' | 'POST' = 'GET'): Promise<T> => {
    const headers = { authorization: `Bearer ${current().token()}` };
    const response = await fetch(`${base}${path}`, { method, headers });
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as T;
  };
  const isIdle = async (): Promise<boolean> => {
    const { queued, running } = await call<{ queued: number; running: number }>('/api/health');
    const pending = await call<readonly unknown[]>('/api/deliveries?status=pending&limit=1');
    const sending = await call<readonly unknown[]>('/api/deliveries?status=sending&limit=1');
    return queued + running + pending.length + sending.length === 0;
  };
  return {
    upstreams,
    port,
    accepted,
    posted,
    process: current,
    start: async (env = {}) => {
      process = spawnAmodal({ dir, port, mode, env: { ...CRASH_ENV, ...env } });
      return isUp(process);
    },
    post: async (ids) => {
      await Promise.all(ids.map(postOne));
    },
    postAgain: async () => {
      const open = () => [...posted].filter((id) => !accepted.has(id));
      for (let round = 0; round < 10 && open().length > 0; round += 1) await Promise.all(open().map(postOne));
    },
    settle: async () => {
      // The schedule goes on for ever, so it is paused; what it has queued already waits, so it is let go and paused again.
      const until = performance.now() + 60_000;
      while (performance.now() < until) {
        await call('/api/automations/ticker/pause', 'POST');
        for (let look = 0; look < 40; look += 1) {
          if (await isIdle()) return;
          await delay(50);
        }
        await call('/api/automations/ticker/resume', 'POST');
        await delay(1000);
      }
      const left = [await call('/api/health'), await call('/api/deliveries?status=pending&limit=3')];
      throw new Error(`work is left after a minute: ${JSON.stringify(left)}\n${current().output().slice(-4000)}`);
    },
    runs: async () => {
      const rows: RunRow[] = [];
      for (const name of [...AUTOMATIONS, 'ticker']) {
        const page = await call<readonly { id: string }[]>(`/api/automations/${name}/runs?limit=1000`);
        for (const { id } of page) rows.push(await call<RunRow>(`/api/runs/${id}`));
      }
      return rows;
    },
    cli: (args) => runAmodal(['--dir', dir, ...args], { env: CRASH_ENV }),
  };
}

function automationOf(id: string): string {
  const name = AUTOMATIONS.find((automation) => id.startsWith(`evt-${automation}`));
  if (!name) throw new Error(`no automation for ${id}`);
  return name;
}
