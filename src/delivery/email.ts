import type { Delivery, DeliveryResult } from '../domain/delivery.ts';
import type { DeliveryContext, DeliveryType } from '../domain/ports/delivery-type.ts';
import { classifyAddress, oddSpelling, openSocket, type Resolve } from '../net/index.ts';
import { deliveryFailure, shortWords, withoutThrowing } from './delivery-failure.ts';
import { mailMessage } from './mail-message.ts';
import { type SmtpServer, smtpServer } from './smtp-server.ts';
import { type Options, textOption } from './target-options.ts';
import { DEFAULT_ATTEMPT_MS } from './webhook.ts';

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
    send: (delivery, context) => withoutThrowing(context, () => sendMail(delivery, context, resolve)),
  };
}

async function sendMail(
  delivery: Delivery,
  context: DeliveryContext,
  resolve: Resolve | undefined,
): Promise<DeliveryResult> {
  const { secrets, signal } = context;
  const { options } = delivery.target;
  const server = smtpServer(options, secrets);
  const { host, port } = server;
  const allowPrivateNetwork = options.allowPrivateNetwork === true;
  const opened = await openSocket({ host, port, allowPrivateNetwork, deadlineMs: DEFAULT_ATTEMPT_MS, signal, resolve });
  if (!opened.ok) return deliveryFailure(opened.error, opened.reason === 'blocked_address' ? 'final' : 'retryable');
  const { socket } = opened;
  const stop = () => socket.destroy(new Error('the attempt was given up'));
  signal.addEventListener('abort', stop, { once: true });
  try {
    const isLocal = classifyAddress(socket.remoteAddress ?? '') === 'loopback';
    const { createTransport } = await import('nodemailer');
    const transport = createTransport({
      ...transportOptions(server, isLocal ? 'local' : 'remote'),
      connection: socket,
    });
    await transport.sendMail({
      ...mailMessage(delivery, textOption(options, 'subject', secrets)),
      from: senderOf(options, server, secrets),
      to: [...recipientsOf(options)],
      disableFileAccess: true,
      disableUrlAccess: true,
    });
    return { ok: true };
  } catch (error) {
    return smtpFailure(error, (text) => secrets.redact(text));
  } finally {
    signal.removeEventListener('abort', stop);
    socket.destroy();
  }
}

/** A password is only given to a server that proved who it is, unless that is this machine. */
function transportOptions({ host, port, secure, user, password }: SmtpServer, place: 'local' | 'remote') {
  return {
    host,
    port,
    secure,
    requireTLS: user !== undefined && place === 'remote',
    connectionTimeout: DEFAULT_ATTEMPT_MS,
    greetingTimeout: DEFAULT_ATTEMPT_MS,
    socketTimeout: DEFAULT_ATTEMPT_MS,
    ...(user !== undefined && { auth: { user, pass: password ?? '' } }),
  };
}

function recipientsOf({ to }: Options): readonly string[] {
  const all: readonly unknown[] = Array.isArray(to) ? to : typeof to === 'string' ? to.split(',') : [];
  return all.filter((address) => typeof address === 'string').map((address) => address.trim());
}

function senderOf(options: Options, { user, host }: SmtpServer, secrets: DeliveryContext['secrets']): string {
  return textOption(options, 'from', secrets) ?? (user?.includes('@') ? user : `amodal@${host}`);
}

/** 5xx is the server's last word (RFC 5321 §4.2.1); 4xx and a broken connection are not. */
function smtpFailure(error: unknown, redact: (text: string) => string): DeliveryResult {
  const { message = String(error), responseCode } = error as {
    readonly message?: string;
    readonly responseCode?: number;
  };
  const how = responseCode !== undefined && responseCode >= 500 ? 'final' : 'retryable';
  return deliveryFailure(shortWords(redact(message)), how);
}
