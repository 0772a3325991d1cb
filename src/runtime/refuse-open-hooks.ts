import type { Bundle } from '../domain/bundle.ts';
import { AmodalError } from '../domain/error.ts';

/** Hooks of type `none` are open to whoever reaches the port, so a bind beyond loopback needs somebody's word. */
export function refuseOpenHooks({ automations }: Bundle, host: string): void {
  const open = [...automations.values()].filter(({ enabled, webhookAuth }) => enabled && webhookAuth?.type === 'none');
  const [first] = open;
  if (!first) return;
  const names = open.map(({ name }) => name).join(', ');
  throw new AmodalError(
    'usage',
    `${first.file} says "webhookAuth": {"type": "none"}, and on ${host} everybody could start ${names}: let the sender sign, listen on 127.0.0.1, or start with --allow-unauthenticated-webhooks.`,
  );
}
