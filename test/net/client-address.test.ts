import { describe, expect, it } from 'vitest';
import { clientAddress } from '../../src/net/index.ts';

const proxies = ['10.0.0.0/8', '2001:db8::/32'];

describe('the address of a client', () => {
  it('is the peer when the peer is none of our proxies, whatever it claims', () => {
    expect(clientAddress({ peer: '9.9.9.9', forwardedFor: '1.1.1.1', trustedProxies: proxies })).toBe('9.9.9.9');
    expect(clientAddress({ peer: '9.9.9.9', forwardedFor: '1.1.1.1', trustedProxies: [] })).toBe('9.9.9.9');
  });

  it('is the first entry from the right that is no proxy of ours', () => {
    const forwardedFor = '6.6.6.6, 8.8.8.8, 10.0.0.2, 10.0.0.3';
    expect(clientAddress({ peer: '::ffff:10.0.0.1', forwardedFor, trustedProxies: proxies })).toBe('8.8.8.8');
    const lines = ['6.6.6.6', '8.8.8.8,10.0.0.2'];
    expect(clientAddress({ peer: '2001:db8::1', forwardedFor: lines, trustedProxies: proxies })).toBe('8.8.8.8');
  });

  it('stays with what a proxy of ours vouched for when an entry is no address', () => {
    expect(clientAddress({ peer: '10.0.0.1', forwardedFor: '1.1.1.1, unknown', trustedProxies: proxies })).toBe(
      '10.0.0.1',
    );
    expect(clientAddress({ peer: '10.0.0.1', forwardedFor: '', trustedProxies: proxies })).toBe('10.0.0.1');
    expect(clientAddress({ peer: '10.0.0.1', forwardedFor: '2130706433', trustedProxies: proxies })).toBe('10.0.0.1');
  });

  it('reads entries with ports and brackets', () => {
    expect(clientAddress({ peer: '10.0.0.1', forwardedFor: '8.8.8.8:4711', trustedProxies: proxies })).toBe('8.8.8.8');
    expect(clientAddress({ peer: '10.0.0.1', forwardedFor: '[2606::1]:80', trustedProxies: proxies })).toBe('2606::1');
  });

  it('counts hops from the right where the number of proxies is given', () => {
    const by = (trustedProxies: number | string[], forwardedFor = '6.6.6.6, 8.8.8.8, 7.7.7.7') =>
      clientAddress({ peer: '9.9.9.9', forwardedFor, trustedProxies });
    expect([by(0), by(1), by(2), by(3), by(9)]).toEqual(['9.9.9.9', '7.7.7.7', '8.8.8.8', '6.6.6.6', '6.6.6.6']);
    expect([by(['1']), by(['2']), by(1, ''), by(1, 'junk')]).toEqual(['7.7.7.7', '8.8.8.8', '9.9.9.9', '9.9.9.9']);
  });
});
