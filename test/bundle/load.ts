import { type LoadedBundle, loadBundle } from '../../src/bundle/index.ts';
import { formatDiagnostic } from '../../src/domain/diagnostic.ts';
import type { DeliveryType } from '../../src/domain/ports/delivery-type.ts';
import type { WebhookPreset } from '../../src/domain/ports/webhook-preset.ts';
import { tempDir, writeFiles } from '../support/temp-dir.ts';

const presets: readonly WebhookPreset[] = ['hmac-sha256', 'github', 'none'].map((name) => ({
  name,
  ...(name === 'github' && { events: ['issues', 'pull_request', 'push'] }),
  ...(name === 'hmac-sha256' && { events: [] }),
  check: ({ options, secrets }, _secrets, settings) => {
    if (String(options.signedPayload).includes('{url}') && settings && !settings.publicUrl) {
      return [`webhook.publicUrl is required for webhookAuth type "${name}"`];
    }
    if (name !== 'none' && secrets.length === 0) return ['"secret" is missing'];
    return name === 'hmac-sha256' && options.header === undefined ? ['"header" is missing'] : [];
  },
  verify: () => ({ ok: true }),
  identify: () => ({}),
}));

const deliveryTypes: readonly DeliveryType[] = ['webhook', 'callback', 'file', 'log'].map((type) => ({
  type,
  check: (options) =>
    type === 'file' && String(options.path).startsWith('/') ? ['"path" must stay below the folder'] : [],
  send: async () => ({ ok: true }),
}));

/** What the other rooms would hand over, cut down to what loading asks of it. */
export const registries = { presets, deliveryTypes };

/** Writes files into a fresh folder and loads it. */
export function load(
  files: Readonly<Record<string, unknown>>,
  env: Readonly<Record<string, string | undefined>> = {},
): Promise<LoadedBundle> {
  const dir = tempDir();
  writeFiles(dir, files);
  return loadBundle({ dir, env, registries });
}

/** The messages of a load, as people see them. */
export function messages({ diagnostics }: LoadedBundle): readonly string[] {
  return diagnostics.map(formatDiagnostic);
}
