import type { WebhookAuth } from '../domain/automation.ts';
import type { WebhookReading } from '../domain/ports/webhook-preset.ts';
import type { AuthShape, SignatureShape } from './auth-shape.ts';
import type { Sender } from './sender.ts';

/** Which headers a verdict and an identity rest on, and what is expected of them, in words. */
export function readingOf(sender: Sender, auth: WebhookAuth, shape: AuthShape): WebhookReading {
  const identity = identityHeaders(sender);
  switch (shape.scheme) {
    case 'none':
      return { headers: identity, expects: 'nothing: every request is accepted' };
    case 'token':
    case 'basic':
      return {
        headers: [...new Set([shape.header, ...identity])],
        proof: { header: shape.header, isCredential: true },
        expects: `the configured ${shape.scheme === 'basic' ? 'user and password' : 'token'}${after(shape.prefix)}, in ${shape.header}`,
      };
    case 'hmac':
    case 'public-key': {
      const inTemplate = shape.template.flatMap((part) => (part.type === 'header' ? [part.name] : []));
      const time = shape.timestamp?.from === 'header' ? [shape.timestamp.name] : [];
      return {
        headers: [...new Set([shape.header, ...time, ...inTemplate, ...identity])],
        proof: { header: shape.header, isCredential: false },
        expects: signatureText(sender, auth, shape),
      };
    }
  }
}

/** Headers that say which event this is: two of them would be two events. */
export function identityHeaders({ dedupe, eventType }: Sender): readonly string[] {
  const sources = [...dedupe, ...eventType.flat()];
  return sources.flatMap((source) =>
    typeof source === 'string' && source.startsWith('header:') ? [source.slice('header:'.length).toLowerCase()] : [],
  );
}

function signatureText(sender: Sender, { options }: WebhookAuth, shape: SignatureShape): string {
  const own = typeof options.signedPayload === 'string' ? options.signedPayload : sender.auth.signedPayload;
  const content = sender.signedContents ? 'the public URL and the parameters' : `"${own ?? '{body}'}"`;
  const window = shape.toleranceSeconds === undefined ? '' : `, at most ${shape.toleranceSeconds} s old or ahead`;
  return `${shape.type} of ${content}, as ${shape.encoding}${after(shape.prefix)}, in ${shape.header}${window}`;
}

function after(prefix: string | undefined): string {
  return prefix ? ` after "${prefix}"` : '';
}
