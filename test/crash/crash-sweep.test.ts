import { utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, describe, expect, test } from 'vitest';
import type { FaultPoint } from '../../src/domain/ports/faults.ts';
import { tempDir } from '../support/temp-dir.ts';
import { addFigures, checkInvariants, type Figures } from './crash-invariants.ts';
import { createCrashTrial } from './crash-trial.ts';

/** Every fault point, at its first and at a later visit. */
const POINTS: readonly (readonly [FaultPoint, number])[] = [
  ['accept.before-commit', 1],
  ['accept.before-commit', 5],
  ['accept.after-commit', 1],
  ['accept.after-commit', 5],
  ['claim', 1],
  ['claim', 4],
  ['prompt', 1],
  ['prompt', 3],
  ['tool.before-send', 1],
  ['tool.before-send', 3],
  ['tool.after-send', 1],
  ['tool.after-send', 3],
  ['result.before-commit', 1],
  ['result.before-commit', 4],
  ['result.after-commit', 1],
  ['result.after-commit', 4],
  ['outbox.claim', 1],
  ['post.before', 1],
  ['post.before', 3],
  ['post.after', 1],
  ['post.after', 3],
  ['alert', 1],
  ['tick', 1],
  ['tick', 3],
];
const EVENTS = ['reader', 'writer', 'failing', 'reader', 'writer', 'reader', 'writer', 'failing'];

let total: Figures | undefined;
afterAll(() => {
  process.stdout.write(`crash sweep: ${JSON.stringify(total)}\n`);
});

describe('SIGKILL at a fault point loses nothing and doubles nothing', () => {
  test.each(POINTS)('%s, visit %i', async (point, visit) => {
    const trial = await createCrashTrial(tempDir(), { cron: '* * * * * *' });
    await trial.start({ AMODAL_FAULT: `${point}:${visit}` });
    // One after another: events that come at once share a commit, and with it a visit of the fault point.
    for (const [number, automation] of EVENTS.entries()) await trial.post([`evt-${automation}-${number}`]);
    expect(await trial.process().exited, trial.process().output()).toEqual({ code: null, signal: 'SIGKILL' });
    expect(await trial.start(), trial.process().output()).toBe(true);
    await trial.postAgain();
    await trial.post([...trial.accepted]);
    await delay(1200);
    await trial.settle();
    expect(trial.accepted.size).toBe(trial.posted.size);
    total = addFigures(total, await checkInvariants(trial));
    await trial.process().stop();
    await trial.upstreams.close();
  });

  test('migrate: a state that was half made is made whole', async () => {
    const trial = await createCrashTrial(tempDir(), { cron: '0 0 1 1 *' });
    expect(await trial.start({ AMODAL_FAULT: 'migrate:1' })).toBe(false);
    expect(await trial.start()).toBe(true);
    await trial.post(['evt-reader-1', 'evt-writer-1']);
    await trial.settle();
    total = addFigures(total, await checkInvariants(trial));
    await trial.process().stop();
  });

  test('reload: the bundle of the files is in force after the restart', async () => {
    const dir = tempDir();
    const trial = await createCrashTrial(dir, { cron: '0 0 1 1 *', mode: 'dev' });
    expect(await trial.start({ AMODAL_FAULT: 'reload:1' })).toBe(true);
    await trial.post(['evt-reader-1', 'evt-writer-1']);
    const added = join(dir, 'automations/added.json');
    writeFileSync(added, JSON.stringify({ prompt: 'New.' }));
    utimesSync(added, new Date(), new Date());
    expect((await trial.process().exited).signal).toBe('SIGKILL');
    expect(await trial.start()).toBe(true);
    await trial.post(['evt-reader-2']);
    await trial.settle();
    const { stdout } = await trial.cli(['ops', 'automations', 'list', '--json']);
    expect((JSON.parse(stdout) as { name: string }[]).map(({ name }) => name)).toContain('added');
    total = addFigures(total, await checkInvariants(trial));
    await trial.process().stop();
  });
});
