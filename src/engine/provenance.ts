import type { Automation } from '../domain/automation.ts';
import type { Bundle } from '../domain/bundle.ts';
import type { Git } from '../domain/ports/git.ts';
import type { Provenance } from '../domain/run.ts';

/** What a run of this automation runs from; Git is asked once for each loaded bundle. */
export type DescribeProvenance = (bundle: Bundle, automation: Automation) => Promise<Provenance>;

export function createProvenance(git: Git): DescribeProvenance {
  const described = new WeakMap<Bundle, ReturnType<Git['describe']>>();
  return async (bundle, { fileHash }) => {
    const known = described.get(bundle) ?? git.describe(bundle.dir);
    described.set(bundle, known);
    const { commit, dirty } = await known;
    return { commit, dirty, fileHash, bundleHash: bundle.hash };
  };
}
