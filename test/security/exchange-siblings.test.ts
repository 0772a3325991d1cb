import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { stubServer } from '../support/stub-server.ts';
import { ask } from './ask.ts';

describe('a header that the model asks for', () => {
  it('is dropped when it is not on the list, and never says who we are or how long the body is', async () => {
    const names = [
      'Authorization',
      'authorization ',
      'Proxy-Authorization',
      'Cookie',
      'Host',
      'Content-Length',
      'Transfer-Encoding',
      'Connection',
      'Upgrade',
      'TE',
      'Trailer',
      'Expect',
      'Forwarded',
      'X-Forwarded-For',
      'X-Forwarded-Host',
      'X-Real-IP',
      'Idempotency-Key',
      'X-Api-Key',
      'X-Tenant',
      'Origin',
      'Referer',
      ':authority',
    ];
    const { upstream } = await ask(names.map((name) => ({ headers: { [name]: 'evil' } })));
    expect(upstream.requests).toHaveLength(names.length);
    for (const { headers } of upstream.requests) expect(Object.values(headers).join()).not.toContain('evil');
  });

  it('is dropped when its value would begin another line or is not plain', async () => {
    const values = ['a\r\nX-Evil: 1', 'a\nX-Evil: 1', 'a\0b', 'é', 'a\u2028b', 'x'.repeat(5_000)];
    const { upstream } = await ask(values.map((accept) => ({ headers: { accept } })));
    expect(upstream.requests).toHaveLength(values.length);
    for (const { headers, rawHeaders } of upstream.requests) {
      expect(rawHeaders.join()).not.toMatch(/evil/i);
      expect(headers.accept).not.toBe('a');
    }
  });
});

describe('an answer that is a bomb', () => {
  const zeros = Buffer.alloc(40_000_000);
  const bombs: readonly (readonly [string, () => Buffer])[] = [
    ['gzip', () => gzipSync(zeros)],
    ['x-gzip', () => gzipSync(zeros)],
    ['br', () => brotliCompressSync(zeros)],
    ['deflate', () => deflateSync(zeros)],
    ['deflate', () => deflateRawSync(zeros)],
    ['gzip, gzip', () => gzipSync(gzipSync(zeros))],
    ['zstd', () => Buffer.from('28b52ffd', 'hex')],
    ['compress', () => Buffer.from('x')],
    ['identity', () => Buffer.alloc(6_000_000)],
    ['', () => Buffer.alloc(6_000_000)],
  ];

  it.each(bombs)('ends the call and nothing else: %s', async (encoding, make) => {
    const body = make();
    const stub = await stubServer(() => ({ headers: { ...(encoding && { 'content-encoding': encoding }) }, body }));
    const before = process.memoryUsage().rss;
    const { session } = await ask([{}], { stub });
    expect(session.results()).toMatchObject([
      { isError: true, value: expect.stringMatching(/longer than|encoded as/) },
    ]);
    expect(process.memoryUsage().rss - before).toBeLessThan(100_000_000);
  });
});
