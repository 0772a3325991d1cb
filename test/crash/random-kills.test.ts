import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { tempDir } from '../support/temp-dir.ts';
import { checkInvariants } from './crash-invariants.ts';
import { createCrashTrial } from './crash-trial.ts';

const KILLS = 100;
const EVENTS_PER_LIFE = 12;
const LONGEST_LIFE_MS = 600;

test(
  `${KILLS} kills at random moments under load lose nothing and double nothing`,
  async () => {
    const trial = await createCrashTrial(tempDir(), { cron: '* * * * * *' });
    const lives = fc.sample(fc.integer({ min: 0, max: LONGEST_LIFE_MS }), { numRuns: KILLS, seed: 7 });
    for (const [life, ms] of lives.entries()) {
      expect(await trial.start(), trial.process().output()).toBe(true);
      const posting = trial.post(eventsOf(life));
      await delay(ms);
      await trial.process().kill();
      await posting;
    }
    expect(await trial.start()).toBe(true);
    await trial.postAgain();
    await trial.post([...trial.accepted]);
    await trial.settle();
    const figures = await checkInvariants(trial);
    process.stdout.write(`random kills: ${JSON.stringify({ kills: KILLS, ...figures })}\n`);
    expect(figures.accepted).toBe(KILLS * EVENTS_PER_LIFE);
    const ledger = await trial.cli(['ops', 'ledger', 'verify', '--json']);
    expect(ledger.code, ledger.stdout).toBe(0);
    const audit = await trial.cli(['ops', 'audit', 'verify', '--json']);
    expect(audit.code, audit.stdout).toBe(0);
    await trial.process().stop();
  },
  15 * 60_000,
);

function eventsOf(life: number): readonly string[] {
  const kinds = ['reader', 'writer', 'reader', 'failing'];
  return Array.from(
    { length: EVENTS_PER_LIFE },
    (_, number) => `evt-${kinds[number % kinds.length]}-${life}.${number}`,
  );
}
