import { newAutomationState } from '../domain/automation-state.ts';
import { webhookIdOf } from '../domain/webhook-id.ts';
import { automationNames } from './find-automation.ts';
import type { IntakePorts } from './ports.ts';

/** An unknown id has the ids looked through again, but no more often than this. */
const LOOK_AGAIN_MS = 1000;

/** Leads from a webhook id to an automation's name; whether the id is still valid is for the state to say. */
export interface HookIndex {
  nameOf(id: string): Promise<string | undefined>;
}

type Ports = Pick<IntakePorts, 'database' | 'bundles' | 'clock' | 'instanceSecret'>;

/**
 * Ids cannot be turned back into names, so those of the bundle in force are computed once: the generation in force,
 * the one before (its grace may last) and the one after, so that a rotation by another process is found at once.
 */
export function createHookIndex(ports: Ports): HookIndex {
  const known = new Map<string, string>();
  const counted = new Map<string, number>();
  let built: { readonly done: Promise<void>; readonly at: number } | undefined;
  const add = (name: string, generation: number) => {
    for (let one = Math.max(1, generation - 1); one <= generation + 1; one++) {
      known.set(webhookIdOf(ports.instanceSecret, name, one), name);
    }
    counted.set(name, generation);
  };
  const build = async () => {
    const states = new Map((await ports.database.listAutomationStates()).map((state) => [state.automation, state]));
    for (const name of automationNames(ports.bundles.active())) {
      const { webhookGeneration } = states.get(name) ?? newAutomationState(name);
      if (counted.get(name) !== webhookGeneration) add(name, webhookGeneration);
    }
  };
  const ensure = async (maxAgeMs: number) => {
    if (!built || ports.clock.monotonic() - built.at > maxAgeMs) {
      built = { done: build(), at: ports.clock.monotonic() };
      built.done.catch(() => {
        built = undefined;
      });
    }
    await built.done;
  };
  ports.bundles.subscribe(() => {
    built = undefined;
  });
  return {
    nameOf: async (id) => {
      await ensure(Number.POSITIVE_INFINITY);
      if (!known.has(id)) await ensure(LOOK_AGAIN_MS);
      return known.get(id);
    },
  };
}
