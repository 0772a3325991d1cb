import { afterAll, describe, expect, it } from 'vitest';
import { vectors } from '../support/vectors.ts';
import type { AttackCase } from './attack-case.ts';
import { bundleCases } from './cases/bundle.ts';
import { deliveryCases } from './cases/delivery.ts';
import { exfiltrationCases } from './cases/exfiltration.ts';
import { gateCases } from './cases/gate.ts';
import { intakeCases } from './cases/intake.ts';
import { modelCases } from './cases/model.ts';
import { networkCases } from './cases/network.ts';
import { promptCases } from './cases/prompt.ts';
import { reliabilityCases } from './cases/reliability.ts';
import { rightsCases } from './cases/rights.ts';
import { secretCases } from './cases/secrets.ts';
import { sqlCases } from './cases/sql.ts';
import { storeCases } from './cases/stores.ts';
import { toolCases } from './cases/tools.ts';
import { urlCases } from './cases/urls.ts';

interface Vector {
  readonly id: string;
  readonly title: string;
}

const known = vectors<Vector>('attacks.json');
const cases: readonly AttackCase[] = [
  ...gateCases,
  ...urlCases,
  ...networkCases,
  ...secretCases,
  ...exfiltrationCases,
  ...promptCases,
  ...intakeCases,
  ...bundleCases,
  ...rightsCases,
  ...sqlCases,
  ...toolCases,
  ...storeCases,
  ...modelCases,
  ...deliveryCases,
  ...reliabilityCases,
];
const held = new Set<string>();

afterAll(() => {
  const ids = cases.map(({ id }) => id);
  const families = [...new Set(ids.map(familyOf))];
  const count = (family?: string) => {
    const own = ids.filter((id) => family === undefined || familyOf(id) === family);
    return `${own.filter((id) => held.has(id)).length}/${own.length}`;
  };
  const list = families.map((family) => `${family} ${count(family)}`).join(', ');
  process.stdout.write(`attacks held: ${count()} (${list})\n`);
});

describe('an attack', () => {
  it.each(cases)(
    '$id $title',
    async ({ id, run }) => {
      await run();
      held.add(id);
    },
    120_000,
  );
});

describe('the shared attack vectors', () => {
  it('have one case each', () => {
    const ids = cases.map(({ id }) => id);
    expect(ids.filter((id, at) => ids.indexOf(id) !== at)).toEqual([]);
  });

  if (!known) {
    it.skip('are not checked out beside this repository: the cases ran, their list was compared with nothing', () => {});
    return;
  }

  it('each have a case here', () => {
    const covered = new Set(cases.map(({ id }) => id));
    expect(known.filter(({ id }) => !covered.has(id)).map(({ id, title }) => `${id} ${title}`)).toEqual([]);
  });

  it('have no case under an id that is not theirs', () => {
    const ids = new Set(known.map(({ id }) => id));
    expect(cases.filter(({ id }) => !ids.has(id)).map(({ id }) => id)).toEqual([]);
  });
});

function familyOf(id: string): string {
  return id.split('-')[0] ?? id;
}
