import type { ConnectionAuth } from '../../domain/connection.ts';
import type { Secrets } from '../../domain/ports/secrets.ts';
import type { HttpClient } from '../../net/index.ts';

export type Headers = Readonly<Record<string, string>>;

export type Authorization =
  /** `hidden`: values that must not come back to the model, besides those that `Secrets` knows. */
  | { readonly ok: true; readonly headers: Headers; readonly hidden: readonly string[] }
  | { readonly ok: false; readonly reason: string };

export interface AuthorizationPorts {
  readonly secrets: Secrets;
  readonly http: Pick<HttpClient, 'send'>;
  readonly allowPrivateNetwork: boolean;
  readonly now: number;
  readonly signal: AbortSignal;
}

/** The header that proves who we are, made at the last hop. Throws `AmodalError('unavailable')` for an unset variable. */
export async function authorizationFor(
  auth: ConnectionAuth | undefined,
  ports: AuthorizationPorts,
): Promise<Authorization> {
  if (!auth) return { ok: true, headers: {}, hidden: [] };
  const { secrets } = ports;
  switch (auth.type) {
    case 'bearer':
      return header(auth, { name: 'authorization', prefix: 'Bearer ' }, secrets.resolve(auth.token ?? ''));
    case 'api_key':
      return header(auth, { name: 'x-api-key', prefix: '' }, secrets.resolve(auth.token ?? ''));
    case 'header':
      return header(auth, { name: 'authorization', prefix: '' }, secrets.resolve(auth.token ?? ''));
    case 'basic':
      return header(auth, { name: 'authorization', prefix: 'Basic ' }, basicOf(auth, secrets));
    case 'oauth2-client-credentials': {
      const token = await clientToken(auth, ports);
      if (!token.ok) return token;
      return header(auth, { name: 'authorization', prefix: 'Bearer ' }, token.value);
    }
  }
}

function header(
  auth: ConnectionAuth,
  usual: { readonly name: string; readonly prefix: string },
  value: string,
): Authorization {
  return {
    ok: true,
    headers: { [auth.header ?? usual.name]: `${auth.prefix ?? usual.prefix}${value}` },
    hidden: value.length < 8 ? [] : [value],
  };
}

function basicOf({ username, password, token }: ConnectionAuth, secrets: Secrets): string {
  const pair = token ? secrets.resolve(token) : `${secrets.resolve(username ?? '')}:${secrets.resolve(password ?? '')}`;
  return Buffer.from(pair).toString('base64');
}

type Token = { readonly ok: true; readonly value: string } | { readonly ok: false; readonly reason: string };

interface CachedToken {
  readonly value: string;
  readonly until: number;
}

const EARLY_MS = 60_000;
const DEFAULT_TOKEN_SECONDS = 300;

/** Tokens live as long as the bundle that their references stand in. */
const tokens = new WeakMap<ConnectionAuth, CachedToken>();

async function clientToken(auth: ConnectionAuth, ports: AuthorizationPorts): Promise<Token> {
  const cached = tokens.get(auth);
  if (cached && cached.until > ports.now) return { ok: true, value: cached.value };
  const { secrets, http, signal, allowPrivateNetwork, now } = ports;
  const pair = `${secrets.resolve(auth.clientId ?? '')}:${secrets.resolve(auth.clientSecret ?? '')}`;
  const answer = await http.send({
    url: secrets.resolve(auth.tokenUrl ?? ''),
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(pair).toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
      accept: 'application/json',
    },
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      ...(auth.scope ? { scope: auth.scope } : {}),
    }).toString(),
    allowPrivateNetwork,
    signal,
  });
  if (!answer.ok) return { ok: false, reason: `no token from the connection's "tokenUrl": ${answer.error}` };
  const issued = issuedIn(answer.text);
  if (answer.status >= 300 || !issued) {
    return { ok: false, reason: `no token from the connection's "tokenUrl": it answered ${answer.status}` };
  }
  tokens.set(auth, { value: issued.token, until: now + issued.seconds * 1000 - EARLY_MS });
  return { ok: true, value: issued.token };
}

function issuedIn(text: string): { readonly token: string; readonly seconds: number } | undefined {
  try {
    const { access_token: token, expires_in: seconds } = JSON.parse(text);
    if (typeof token !== 'string' || token === '') return undefined;
    return { token, seconds: Number(seconds) > 0 ? Number(seconds) : DEFAULT_TOKEN_SECONDS };
  } catch {
    return undefined;
  }
}
