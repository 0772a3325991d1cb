import { classifyAddress } from './classify-address.ts';
import type { Resolve } from './guarded-lookup.ts';
import { openSocket } from './open-socket.ts';

/** A mail server with every reference resolved. */
export interface SmtpServer {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte; else STARTTLS where the server offers it. */
  readonly secure: boolean;
  readonly user?: string;
  readonly password?: string;
}

export interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly messageId: string;
  readonly date: Date;
  readonly headers: Readonly<Record<string, string>>;
  readonly attachments?: readonly {
    readonly filename: string;
    readonly contentType: string;
    readonly content: Buffer;
    /** Shown in the text by `cid:`. */
    readonly cid?: string;
  }[];
}

export interface MailOptions {
  readonly allowPrivateNetwork?: boolean;
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
  readonly resolve?: Resolve;
}

export type MailResult =
  /** `rejected`: recipients that the server did not take while it took others. */
  | { readonly ok: true; readonly rejected: readonly string[] }
  /**
   * `final`: another attempt changes nothing. `sent: false`: the server has not taken the mail; without it, it may have.
   * `error` holds the server's own words.
   */
  | { readonly ok: false; readonly error: string; readonly final: boolean; readonly sent?: false };

/** Sends one mail over SMTP, on a socket that the address rules allow; a password only leaves over TLS, or on this machine. */
export async function sendMail(server: SmtpServer, mail: Mail, options: MailOptions): Promise<MailResult> {
  const { host, port } = server;
  const { signal, deadlineMs } = options;
  const opened = await openSocket({ host, port, ...options });
  if (!opened.ok) return { ok: false, error: opened.error, final: opened.reason === 'blocked_address', sent: false };
  const { socket } = opened;
  const stop = () => socket.destroy(new Error('the attempt was given up'));
  signal.addEventListener('abort', stop, { once: true });
  try {
    const isLocal = classifyAddress(socket.remoteAddress ?? '') === 'loopback';
    const { createTransport } = await import('nodemailer');
    const place = isLocal ? 'local' : 'remote';
    const transport = createTransport({ ...transportOptions(server, place, deadlineMs), connection: socket });
    const { to, headers, attachments = [], ...rest } = mail;
    const { rejected } = await transport.sendMail({
      ...rest,
      to: [...to],
      headers: { ...headers },
      attachments: attachments.map((attachment) => ({ ...attachment })),
      disableFileAccess: true,
      disableUrlAccess: true,
    });
    return { ok: true, rejected: rejected.map(String) };
  } catch (error) {
    return mailFailure(error);
  } finally {
    signal.removeEventListener('abort', stop);
    socket.destroy();
  }
}

function transportOptions(
  { host, port, secure, user, password }: SmtpServer,
  place: 'local' | 'remote',
  deadlineMs: number,
) {
  return {
    host,
    port,
    secure,
    requireTLS: user !== undefined && place === 'remote',
    connectionTimeout: deadlineMs,
    greetingTimeout: deadlineMs,
    socketTimeout: deadlineMs,
    ...(user !== undefined && { auth: { user, pass: password ?? '' } }),
  };
}

/** 5xx is the server's last word (RFC 5321 §4.2.1); 4xx and a broken connection are not. Any answer of both kinds is a no. */
function mailFailure(error: unknown): MailResult {
  const { message = String(error), responseCode } = error as {
    readonly message?: string;
    readonly responseCode?: number;
  };
  const isAnswer = responseCode !== undefined && responseCode >= 400;
  return {
    ok: false,
    error: message,
    final: responseCode !== undefined && responseCode >= 500,
    ...(isAnswer ? { sent: false } : {}),
  };
}
