import { expect, it } from 'vitest';
import { runAmodal } from '../support/amodal-process.ts';
import { tempDir, writeFiles } from '../support/temp-dir.ts';

const MODEL = { provider: 'openai-compatible', model: 'ours', baseUrl: 'http://127.0.0.1:9/v1' };

async function validate(budget: object, model: object = MODEL) {
  const dir = tempDir();
  writeFiles(dir, { 'amodal.json': { models: { main: model } }, 'automations/a.json': { prompt: 'x', budget } });
  const { stdout, code } = await runAmodal(['--dir', dir, 'validate', '--json']);
  return { code, said: JSON.parse(stdout) };
}

it('warns of a cap in dollars that no run could be held to', async () => {
  const warning = {
    severity: 'warning',
    code: 'price-unknown',
    file: 'automations/a.json',
    message: expect.stringContaining('the price of openai-compatible/ours is unknown'),
  };
  for (const budget of [{ perRunUsd: 1 }, { per30DaysUsd: 1 }]) {
    expect(await validate(budget)).toEqual({ code: 0, said: [expect.objectContaining(warning)] });
  }
});

it('says nothing where the price is known, the file accepts that it is not, or only tokens are capped', async () => {
  expect((await validate({ perRunUsd: 1 }, { ...MODEL, price: { input: 1, output: 2 } })).said).toEqual([]);
  expect((await validate({ perRunUsd: 1, priceUnknown: 'allow' })).said).toEqual([]);
  expect((await validate({ perRunTokens: 1 })).said).toEqual([]);
  expect((await validate({ perRunUsd: 1 }, { provider: 'scripted' })).said).toEqual([]);
});
