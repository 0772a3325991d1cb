import { automationDetail, automationView } from './automation-view.ts';
import { automationNames, requireKnown } from './find-automation.ts';
import type { Operations } from './operations.ts';
import type { OperationsPorts } from './ports.ts';

/** Every automation of the bundle, broken ones included, by name. */
export function listAutomations(ports: OperationsPorts): Operations['listAutomations'] {
  return async () => {
    const bundle = ports.bundles.active();
    return Promise.all(automationNames(bundle).map((name) => automationView(ports, bundle, name)));
  };
}

/** One automation whole. */
export function showAutomation(ports: OperationsPorts): Operations['showAutomation'] {
  return async (name) => {
    const bundle = ports.bundles.active();
    requireKnown(bundle, name);
    return automationDetail(ports, bundle, name);
  };
}
