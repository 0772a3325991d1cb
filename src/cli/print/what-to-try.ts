import type { Automation, WebhookAuth } from '../../domain/automation.ts';
import type { Bundle } from '../../domain/bundle.ts';
import type { Operations } from '../../operations/operations.ts';
import type { Io } from '../io.ts';

const SAMPLE_EVENT = '{"service":"checkout","severity":"critical","summary":"error rate above 5%"}';
const PUBLIC_KEY_TYPES: ReadonlySet<string> = new Set(['discord', 'sendgrid', 'ed25519', 'ecdsa-p256-sha256']);

interface Try {
  readonly bundle: Pick<Bundle, 'automations'>;
  readonly operations: Pick<Operations, 'listAutomations'>;
  readonly io: Pick<Io, 'style'>;
}

interface Hook {
  readonly name: string;
  readonly url: string;
  readonly automation: Automation | undefined;
}

/** The commands that a newcomer types next, ready to paste: a signed event, a run by hand, the history. */
export async function whatToTry({ bundle, operations, io }: Try): Promise<string> {
  const automations = await operations.listAutomations();
  const hook = automations.find(({ webhookUrl, status }) => webhookUrl && status === 'active');
  const other = automations.find(({ trigger, status }) => trigger !== 'webhook' && status === 'active');
  const lines = [io.style('bold', 'Try')];
  if (hook?.webhookUrl) {
    const automation = bundle.automations.get(hook.name);
    lines.push(...signedPost({ name: hook.name, url: hook.webhookUrl, automation }));
  }
  if (other) lines.push(`  npx amodal ops automations trigger ${other.name} --wait`);
  const name = hook?.name ?? other?.name;
  if (name) lines.push(`  npx amodal ops automations history ${name}`);
  lines.push('  edit a file in automations/ and watch it reload');
  return `\n${lines.join('\n')}\n`;
}

/** A `curl` whose signature is computed in the shell, so that the secret stays in the bundle's `.env`. */
function signedPost({ name, url, automation }: Hook): string[] {
  const auth = automation?.webhookAuth;
  const post = `curl -sS ${url} -H 'content-type: application/json'`;
  if (!auth || auth.type === 'none') return [`  ${post} -d '${SAMPLE_EVENT}'`];
  const [, secret] = /^env:(\w+)$/.exec(auth.secrets[0] ?? '') ?? [];
  if (!secret || !isPlainHmac(auth)) return [`  npx amodal ops webhooks test ${name}${ownKey(auth)}`];
  return [
    `  BODY='${SAMPLE_EVENT}'`,
    `  SECRET=$(sed -n 's/^${secret}=//p' .env)`,
    `  SIGNATURE=$(printf '%s' "$BODY" | openssl dgst -sha256 -hmac "$SECRET" | sed 's/.* //')`,
    `  ${post} -H "${String(auth.options.header)}: sha256=$SIGNATURE" -d "$BODY"`,
  ];
}

/** A MAC over the body alone, in hex: what one line of a shell can make. */
function isPlainHmac({ type, options }: WebhookAuth): boolean {
  const { header: _header, prefix = 'sha256=', encoding = 'hex', ...others } = options;
  return type === 'hmac-sha256' && prefix === 'sha256=' && encoding === 'hex' && Object.keys(others).length === 0;
}

/** Only the sender has the private key of a public one. */
function ownKey({ type }: WebhookAuth): string {
  return PUBLIC_KEY_TYPES.has(type) ? ' --private-key <file>' : '';
}
