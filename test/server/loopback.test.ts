import { describe, expect, it } from 'vitest';
import { refuseOpenBind } from '../../src/server/listen.ts';
import { isHostAllowed, isLoopback } from '../../src/server/loopback.ts';

describe('loopback', () => {
  it.each(['127.0.0.1', '127.8.9.10', '::1', '[::1]', 'localhost', 'LOCALHOST', 'app.localhost'])('is %s', (host) => {
    expect(isLoopback(host)).toBe(true);
  });

  it.each(['0.0.0.0', '::', '10.0.0.1', 'localhost.example.com', '127.0.0.1.example.com', 'example.com', ''])(
    'is not %s',
    (host) => {
      expect(isLoopback(host)).toBe(false);
    },
  );
});

describe('the Host of a request', () => {
  it("may be this machine's names with any port, or the public URL's", () => {
    for (const host of ['localhost:3847', '127.0.0.1', '[::1]:3847', 'hooks.example.com', 'hooks.example.com:443']) {
      expect(isHostAllowed(host, 'https://hooks.example.com/amodal')).toBe(true);
    }
  });

  it('may be nothing else, and not be missing', () => {
    for (const host of ['evil.example', 'localhost.evil.example:3847', '127.0.0.1@evil.example', '', undefined, ' ']) {
      expect(isHostAllowed(host, 'https://hooks.example.com')).toBe(false);
    }
  });
});

describe('a bind beyond loopback', () => {
  it('is refused without a token', () => {
    expect(() => refuseOpenBind({ host: '0.0.0.0' })).toThrow(/AMODAL_TOKEN/);
    expect(() => refuseOpenBind({ host: '0.0.0.0', token: '' })).toThrow(/AMODAL_TOKEN/);
  });

  it('is allowed with one, and loopback always', () => {
    refuseOpenBind({ host: '0.0.0.0', token: 'secret' });
    refuseOpenBind({ host: '127.0.0.1' });
  });
});
