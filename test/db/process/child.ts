// A process of its own for the tests beside it: `node child.mjs <command> <stateDir> [argument] [fault:n]`.
import { once } from 'node:events';
import { acquireStateLock, openDatabase } from '../../../src/db/index.ts';
import type { Database } from '../../../src/domain/ports/database.ts';
import type { FaultPoint } from '../../../src/domain/ports/faults.ts';
import { audit, BROKEN, claimBy, DONE, ending, NO_RETRY, newDelivery, newId, newRun, T0 } from '../fixtures.ts';

const [command = '', stateDir = '', argument = '', fault = ''] = process.argv.slice(2);

const COMMANDS: Readonly<Record<string, () => Promise<void>>> = {
  lock: async () => {
    const holder = { pid: process.pid, url: 'http://127.0.0.1:1', token: 't', startedAt: T0 };
    const lock = await acquireStateLock({ stateDir, holder });
    say(lock.ok ? 'held' : 'refused');
    process.stdin.resume();
    await once(process.stdin, 'end');
  },
  open: async () => {
    const database = await open();
    say('opened');
    await database.close();
  },
  /** Offers the same keys as its siblings, all at once, when told to go. */
  enqueue: async () => {
    const database = await open();
    await go();
    const keys = Array.from({ length: Number(argument) }, (_, index) => `key-${index}`);
    const answers = await Promise.all(keys.map((dedupeKey) => database.enqueueRun(newRun({ dedupeKey }), {}, T0)));
    for (const answer of answers) say(answer.type);
  },
  /** Claims and ends runs until there are none. */
  drain: async () => {
    const database = await open();
    await go();
    for (;;) {
      const claim = await claimBy(database, `owner-${process.pid}`, T0);
      if (!claim) return;
      say(claim.run.id);
      await database.settleRun(ending(claim, DONE), T0);
    }
  },
  /** Accepts without end and says each id only once it is durable. */
  accept: async () => {
    const database = await open();
    const one = async () => {
      for (;;) {
        const run = newRun({ dedupeKey: newId('evt') });
        await database.enqueueRun(run, {}, T0);
        say(run.id);
      }
    };
    await Promise.all(Array.from({ length: 8 }, one));
  },
  pause: async () => {
    const database = await open();
    const pause = { at: T0, by: 'cli', reason: 'by another process', automatic: false };
    await database.pauseAutomation(argument, pause, T0);
    await database.close();
  },
  /** One run's whole way, to be killed on it. */
  way: async () => {
    const database = await open();
    const run = newRun({ dedupeKey: 'one' });
    say(JSON.stringify(await database.enqueueRun(run, {}, T0)));
    const claim = await claimBy(database, 'victim', T0);
    if (!claim) throw new Error('nothing to claim');
    const outcome = argument === 'failure' ? BROKEN : DONE;
    await database.settleRun(ending(claim, outcome, { policy: NO_RETRY, deliveries: [newDelivery(claim.run.id)] }), T0);
    for (const { id, fence } of await database.claimDeliveries({ limit: 5, leaseMs: 1000 }, T0)) {
      await database.settleDelivery({ id, fence, result: { ok: true }, audit: audit() }, T0);
    }
    say('done');
    await database.close();
  },
};

await COMMANDS[command]?.();
process.exit(0);

function open(): Promise<Database> {
  const [point, count = '1'] = fault.split(':');
  let left = Number(count);
  const faults = (reached: FaultPoint) => {
    if (reached !== point) return;
    left -= 1;
    if (left === 0) process.kill(process.pid, 'SIGKILL');
  };
  return openDatabase({ stateDir, faults, newId });
}

async function go(): Promise<void> {
  say('ready');
  await once(process.stdin, 'data');
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
