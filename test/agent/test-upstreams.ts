import { Agent, request } from 'undici';
import type { Upstreams } from '../../src/tools/index.ts';

const dispatcher = new Agent({ keepAliveTimeout: 1 });

/** Upstreams over a plain HTTP client: what the guard adds is tested in its own room. */
export function testUpstreams(): Upstreams {
  return {
    searchPath: process.env.PATH ?? '',
    send: async ({ url, method, headers, body, signal }) => {
      try {
        const answer = await request(url, {
          method: method as 'GET',
          headers: { ...headers },
          body,
          signal,
          dispatcher,
        });
        const single = Object.entries(answer.headers).map(([name, value]) => [name, String(value)]);
        return {
          ok: true,
          status: answer.statusCode,
          headers: Object.fromEntries(single),
          text: await answer.body.text(),
        };
      } catch (error) {
        return { ok: false, error: String(error), sent: true };
      }
    },
  };
}
