import type { Context, MiddlewareHandler } from 'hono';
import { AmodalError } from '../domain/error.ts';
import { secretsEqual } from '../domain/secrets-equal.ts';
import type { Callers } from '../operations/callers.ts';
import type { Principal } from '../operations/principal.ts';

/** What routes that also take access keys know of who asks. */
export interface CallerEnv {
  Variables: { principal: Principal };
}

/** Lets the admin and active access keys through; `token` undefined = whoever reaches the port is the admin. */
export function identify(token: string | undefined, callers: Callers): MiddlewareHandler<CallerEnv> {
  return async (c, next) => {
    c.set('principal', await principalOf(c, token, callers));
    return next();
  };
}

/** The token of `Authorization: Bearer …`, or an empty text. */
export function bearerToken(c: Context): string {
  return /^bearer +(\S+)$/i.exec(c.req.header('authorization') ?? '')?.[1] ?? '';
}

/** Whether the request carries the admin token, or none is needed. */
export function isAdmin(c: Context, token: string | undefined): boolean {
  return token === undefined || secretsEqual(bearerToken(c), token);
}

async function principalOf(c: Context, token: string | undefined, callers: Callers): Promise<Principal> {
  const key = await callers.findKey(bearerToken(c));
  if (key) return { type: 'key', key };
  if (isAdmin(c, token)) return { type: 'admin' };
  throw new AmodalError('unauthorized', 'An access key or the admin token is needed: Authorization: Bearer <token>.');
}
