import type { HttpClient } from '../../net/index.ts';

export interface GuardedFetchOptions {
  readonly http: Pick<HttpClient, 'send'>;
  /** The one URL that may be asked. */
  readonly url: string;
  /** The file's own headers, over those of the protocol. */
  readonly headers: Readonly<Record<string, string>>;
  readonly allowPrivateNetwork: boolean;
  readonly deadlineMs: number;
}

const NO_BODY = [204, 205, 304];

/**
 * `fetch` for the transport of Streamable HTTP over the guarded client: one URL, whole answers within a deadline, no
 * redirect. The optional stream that a GET would open is answered like a server that has none (405).
 */
export function guardedFetch(options: GuardedFetchOptions) {
  return async (input: string | URL, init: RequestInit = {}): Promise<Response> => {
    const { http, url, headers: own, allowPrivateNetwork, deadlineMs } = options;
    const method = init.method ?? 'GET';
    if (method === 'GET') return new Response(null, { status: 405 });
    if (String(input) !== new URL(url).href) throw new Error('the server sends requests to another URL');
    const result = await http.send({
      url,
      method,
      headers: { ...Object.fromEntries(new Headers(init.headers)), ...own },
      ...(typeof init.body === 'string' ? { body: init.body } : {}),
      allowPrivateNetwork,
      deadlineMs,
      ...(init.signal ? { signal: init.signal } : {}),
    });
    if (!result.ok) throw new Error(result.error);
    const { status, headers, text } = result;
    return new Response(NO_BODY.includes(status) ? null : text, { status, headers: contentHeaders(headers) });
  };
}

/** The body is decompressed already. */
function contentHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  const { 'content-encoding': _encoding, 'content-length': _length, ...rest } = headers;
  return rest;
}
