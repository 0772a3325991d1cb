import type { WebhookAuth, WebhookSettings } from '../domain/automation.ts';
import type { Secrets } from '../domain/ports/secrets.ts';
import { describeReference } from '../domain/secret.ts';
import { readKeys, referencesOf, resolved } from './read-keys.ts';
import { readShape } from './read-shape.ts';
import type { Sender } from './sender.ts';

/** What a sender's configuration is checked with. */
export interface Configuration {
  readonly sender: Sender;
  readonly auth: WebhookAuth;
  readonly secrets: Secrets;
  readonly settings?: Pick<WebhookSettings, 'publicUrl'>;
}

/** What makes requests of this configuration unverifiable: sentences, none when all is well. */
export function checkSender({ sender, auth, secrets, settings }: Configuration): readonly string[] {
  const { shape, problems } = readShape(sender.auth, auth.options, { extraFields: sender.extraFields ?? [] });
  if (!shape) return problems;
  const keys = readKeys(auth, shape, secrets);
  const needsUrl =
    sender.signedContents !== undefined || ('template' in shape && shape.template.some(({ type }) => type === 'url'));
  return [
    ...problems,
    ...(keys.ok ? [] : keys.problems),
    ...valueProblems({ sender, auth, secrets }),
    ...referenceProblems(auth, secrets),
    ...(shape.scheme === 'none' && referencesOf(auth).length > 0
      ? ['webhookAuth.secret has no meaning for type "none": choose a type that checks it']
      : []),
    ...(needsUrl && settings && !settings.publicUrl
      ? [
          `webhook.publicUrl is required for webhookAuth type "${auth.type}": the exact URL given to the sender, which signs it`,
        ]
      : []),
  ];
}

function valueProblems({ sender, auth, secrets }: Configuration): readonly string[] {
  const { checkSecret } = sender;
  if (!checkSecret) return [];
  return referencesOf(auth).flatMap((reference) => {
    const value = resolved(reference, secrets);
    const problem = value ? checkSecret(value) : undefined;
    return problem === undefined ? [] : [`webhookAuth.secret ${describeReference(reference)} ${problem}`];
  });
}

/** A second secret of its own: an unset one would never match. */
function referenceProblems({ options }: WebhookAuth, secrets: Secrets): readonly string[] {
  const { verifyToken } = options;
  if (typeof verifyToken !== 'string' || resolved(verifyToken, secrets)) return [];
  return [`webhookAuth.verifyToken ${describeReference(verifyToken)} is not set or empty`];
}
