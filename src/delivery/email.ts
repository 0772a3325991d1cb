import type { Delivery, DeliveryResult } from '../domain/delivery.ts';
import type { DeliveryContext, DeliveryType } from '../domain/ports/delivery-type.ts';
import { oddSpelling, type Resolve, type SmtpServer, sendMail } from '../net/index.ts';
import { deliveryFailure, shortWords, withoutThrowing } from './delivery-failure.ts';
import { mailMessage } from './mail-message.ts';
import { smtpServer } from './smtp-server.ts';
import { type Options, textOption } from './target-options.ts';
import { DEFAULT_ATTEMPT_MS } from './webhook.ts';

/** Of all files of a mail; many servers take no more than 25 MB, encoded a third larger. */
const MAX_ATTACHED_BYTES = 15 * 1024 * 1024;

const ADDRESS = /^[^\s@<>,;:"\p{Cc}]+@[^\s@<>,;:"\p{Cc}]+$/u;

export interface EmailPorts {
  readonly resolve?: Resolve;
}

/** Sends the text as a mail over SMTP, plain and HTML; the delivery id is its Message-ID. */
export function emailDelivery({ resolve }: EmailPorts = {}): DeliveryType {
  return {
    type: 'email',
    check: (options, secrets) => {
      const wrong = recipientsOf(options).filter((address) => !ADDRESS.test(address));
      const to = recipientsOf(options).length === 0 ? ['the target needs "to", an address or a list of them'] : [];
      const server = smtpServer(options, secrets);
      const from = senderOf(options, server, secrets);
      const sender = ADDRESS.test(from) ? [] : [`the target needs "from", an address: got ${JSON.stringify(from)}`];
      const canonical = oddSpelling(server.host);
      const host = canonical === undefined ? [] : [`"smtp": write ${canonical} instead of ${server.host}`];
      return [
        ...to,
        ...wrong.map((address) => `"to": ${JSON.stringify(address)} is no mail address`),
        ...sender,
        ...host,
      ];
    },
    send: (delivery, context) => withoutThrowing(context, () => send(delivery, context, resolve)),
  };
}

async function send(
  delivery: Delivery,
  context: DeliveryContext,
  resolve: Resolve | undefined,
): Promise<DeliveryResult> {
  const { secrets, signal } = context;
  const { options } = delivery.target;
  const server = smtpServer(options, secrets);
  const attached = await attachedFiles(delivery, context);
  const mail = {
    ...mailMessage(delivery, textOption(options, 'subject', secrets), attached.left),
    attachments: attached.attachments,
    from: senderOf(options, server, secrets),
    to: recipientsOf(options),
  };
  const allowPrivateNetwork = options.allowPrivateNetwork === true;
  const sent = await sendMail(server, mail, { allowPrivateNetwork, deadlineMs: DEFAULT_ATTEMPT_MS, signal, resolve });
  if (sent.ok) return { ok: true };
  return deliveryFailure(shortWords(secrets.redact(sent.error)), sent.final ? 'final' : 'retryable');
}

/** With `attachFiles`, the files that the run made: a chart, a report, an export. */
async function attachedFiles({ kind, target }: Delivery, { filesOf }: DeliveryContext) {
  if (target.options.attachFiles !== true || kind !== 'result' || !filesOf) return { attachments: [], left: [] };
  const { files, left } = await filesOf(MAX_ATTACHED_BYTES);
  const attachments = files.map(({ file, bytes }) => ({
    filename: file.filename,
    contentType: file.mediaType,
    content: bytes,
  }));
  return { attachments, left };
}

function recipientsOf({ to }: Options): readonly string[] {
  const all: readonly unknown[] = Array.isArray(to) ? to : typeof to === 'string' ? to.split(',') : [];
  return all.filter((address) => typeof address === 'string').map((address) => address.trim());
}

function senderOf(options: Options, { user, host }: SmtpServer, secrets: DeliveryContext['secrets']): string {
  return textOption(options, 'from', secrets) ?? (user?.includes('@') ? user : `amodal@${host}`);
}
