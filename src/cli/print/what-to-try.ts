import type { Bundle } from '../../domain/bundle.ts';
import type { Operations } from '../../operations/operations.ts';
import type { Io } from '../io.ts';

interface Try {
  readonly url: string;
  readonly bundle: Bundle;
  readonly operations: Operations;
  readonly io: Io;
}

/** The commands that a newcomer types next, ready to paste: a signed event, a run by hand, the history. */
export async function whatToTry({ bundle, operations, io }: Try): Promise<string> {
  const automations = await operations.listAutomations();
  const hook = automations.find(({ webhookUrl, status }) => webhookUrl && status === 'active');
  const other = automations.find(({ trigger, status }) => trigger !== 'webhook' && status === 'active');
  const lines = [io.style('bold', 'Try')];
  if (hook?.webhookUrl) lines.push(...signedPost(bundle, hook.name, hook.webhookUrl));
  if (other) lines.push(`  npx amodal ops automations trigger ${other.name} --wait`);
  const name = hook?.name ?? other?.name;
  if (name) lines.push(`  npx amodal ops automations history ${name}`);
  lines.push('  edit a file in automations/ and watch it reload');
  return `\n${lines.join('\n')}\n`;
}

const SAMPLE_EVENT = '{"service":"checkout","severity":"critical","summary":"error rate above 5%"}';

/** A `curl` whose signature is computed in the shell, so that the secret stays in the bundle's `.env`. */
function signedPost(bundle: Bundle, name: string, url: string): string[] {
  const auth = bundle.automations.get(name)?.webhookAuth;
  const secret = auth?.secrets[0]?.replace(/^env:/, '');
  const post = `curl -sS ${url} -H 'content-type: application/json'`;
  if (!auth || !secret) return [`  ${post} -d '${SAMPLE_EVENT}'`];
  if (auth.type !== 'github' && auth.type !== 'hmac-sha256') return [`  a signed POST from ${auth.type} to ${url}`];
  const header = auth.type === 'github' ? 'X-Hub-Signature-256' : String(auth.options.header);
  return [
    `  BODY='${SAMPLE_EVENT}'`,
    `  SECRET=$(sed -n 's/^${secret}=//p' .env)`,
    `  SIGNATURE=$(printf '%s' "$BODY" | openssl dgst -sha256 -hmac "$SECRET" | sed 's/.* //')`,
    `  ${post} -H "${header}: sha256=$SIGNATURE" -d "$BODY"`,
  ];
}
