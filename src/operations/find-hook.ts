import type { Automation } from '../domain/automation.ts';
import type { AutomationState } from '../domain/automation-state.ts';
import type { Bundle } from '../domain/bundle.ts';
import { secretsEqual } from '../domain/secrets-equal.ts';
import { validGenerations, webhookIdOf, webhookTokenOf } from '../domain/webhook-id.ts';
import { createHookIndex } from './hook-index.ts';
import { perTurn } from './per-turn.ts';
import type { IntakePorts } from './ports.ts';

/** What a URL below `/webhooks/` leads to. */
export type Hook =
  | { readonly type: 'open'; readonly automation: Automation; readonly bundle: Bundle; readonly paused: boolean }
  | { readonly type: 'broken'; readonly name: string }
  /** A known name with a token that is not its own. */
  | { readonly type: 'wrong_token'; readonly name: string }
  | { readonly type: 'unknown' };

export type FindHook = (path: readonly string[], token: string | undefined) => Promise<Hook>;

const UNKNOWN: Hook = { type: 'unknown' };

type Ports = Pick<IntakePorts, 'database' | 'bundles' | 'clock' | 'instanceSecret'>;

interface Asked extends Ports {
  readonly stateOf: (name: string) => Promise<AutomationState>;
}

/**
 * Finds the hook of a URL: `auto_<id>`, `<name>` (only where requests are signed), `<namespace>/<name>/<token>`, or
 * either of the last two with `?token=`. The path is what follows `/webhooks/`, decoded.
 */
export function createFindHook(ports: Ports): FindHook {
  const index = createHookIndex(ports);
  const stateOf = perTurn((name: string) => ports.database.getAutomationState(name));
  const asked: Asked = { ...ports, stateOf };
  return async (path, token) => {
    const bundle = ports.bundles.active();
    const [first = '', second, third] = path;
    if (path.length === 1 && first.startsWith('auto_')) {
      const name = await index.nameOf(first);
      return name === undefined ? UNKNOWN : byId(asked, bundle, { name, id: first });
    }
    if (path.length === 1) return byName(asked, bundle, { name: first, token });
    if (path.length > 3 || second === undefined || first !== bundle.settings.name) return UNKNOWN;
    return byName(asked, bundle, { name: second, token: third ?? token ?? '' });
  };
}

async function byId(
  ports: Asked,
  bundle: Bundle,
  { name, id }: { readonly name: string; readonly id: string },
): Promise<Hook> {
  const state = await ports.stateOf(name);
  const ids = validGenerations(state, ports.clock.now()).map((one) => webhookIdOf(ports.instanceSecret, name, one));
  return ids.includes(id) ? hookOf(bundle, name, state.paused !== undefined) : UNKNOWN;
}

async function byName(
  ports: Asked,
  bundle: Bundle,
  { name, token }: { readonly name: string; readonly token: string | undefined },
): Promise<Hook> {
  const automation = bundle.automations.get(name);
  if (!takesWebhooks(automation) && !bundle.broken.has(name)) return UNKNOWN;
  const state = await ports.stateOf(name);
  if (token === undefined) {
    const signed = automation?.webhookAuth !== undefined && automation.webhookAuth.type !== 'none';
    return signed || !automation ? hookOf(bundle, name, state.paused !== undefined) : UNKNOWN;
  }
  const tokens = validGenerations(state, ports.clock.now()).map((one) =>
    webhookTokenOf(ports.instanceSecret, name, one),
  );
  const fits = tokens.map((one) => secretsEqual(one, token)).includes(true);
  return fits ? hookOf(bundle, name, state.paused !== undefined) : { type: 'wrong_token', name };
}

function hookOf(bundle: Bundle, name: string, paused: boolean): Hook {
  const automation = bundle.automations.get(name);
  if (!automation) return bundle.broken.has(name) ? { type: 'broken', name } : UNKNOWN;
  if (!automation.enabled || !takesWebhooks(automation)) return UNKNOWN;
  return { type: 'open', automation, bundle, paused };
}

/** Automations with a webhook: those that it triggers, and those that say how one is signed. */
function takesWebhooks(automation: Automation | undefined): automation is Automation {
  return automation !== undefined && (automation.trigger === 'webhook' || automation.webhookAuth !== undefined);
}
