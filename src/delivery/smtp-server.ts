import { AmodalError } from '../domain/error.ts';
import type { Secrets } from '../domain/ports/secrets.ts';
import type { SmtpServer } from '../net/index.ts';
import { type Options, textOption } from './target-options.ts';

const DEFAULT_PORT = 587;
const SECURE_PORT = 465;

/** Reads `smtp`: a URL (`smtp://user:password@host:587`, `smtps://…`, or `env:NAME`), or its parts. Throws `bad_request`. */
export function smtpServer(options: Options, secrets: Secrets): SmtpServer {
  const { smtp } = options;
  if (typeof smtp === 'string') return fromUrl(secrets.resolve(smtp));
  if (smtp === null || typeof smtp !== 'object') throw wrong('an SMTP URL or { host, port, user, password }');
  const parts: Options = { ...smtp };
  const host = textOption(parts, 'host', secrets);
  if (host === undefined) throw wrong('"host" in it');
  const secure = parts.secure === true;
  const port = typeof parts.port === 'number' ? parts.port : secure ? SECURE_PORT : DEFAULT_PORT;
  const user = textOption(parts, 'user', secrets);
  const password = textOption(parts, 'password', secrets);
  return { host, port, secure, ...(user !== undefined && { user }), ...(password !== undefined && { password }) };
}

function fromUrl(text: string): SmtpServer {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const secure = url?.protocol === 'smtps:';
  if (!url || url.hostname === '' || (!secure && url.protocol !== 'smtp:'))
    throw wrong('a URL like smtp://user:password@host:587');
  const user = decodeURIComponent(url.username);
  const password = decodeURIComponent(url.password);
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (secure ? SECURE_PORT : DEFAULT_PORT) : Number(url.port),
    secure,
    ...(user && { user }),
    ...(password && { password }),
  };
}

function wrong(expectation: string): AmodalError {
  return new AmodalError('bad_request', `the target needs "smtp": ${expectation}`);
}
