import { describe, expect, it } from 'vitest';
import { canonicalAddress, classifyAddress, inCidrs, oddSpelling, parseCidr, urlProblem } from '../../src/net/index.ts';

const KINDS: Readonly<Record<string, readonly string[]>> = {
  public: [
    '1.1.1.1',
    '8.8.8.8',
    '93.184.216.34',
    '100.63.255.254',
    '100.128.0.1',
    '172.15.255.255',
    '172.32.0.1',
    '192.167.255.255',
    '192.169.0.1',
    '168.63.129.17',
    '169.253.255.255',
    '198.17.255.255',
    '198.20.0.1',
    '223.255.255.255',
    '2606:4700:4700::1111',
    '2a00:1450:4001:81b::200e',
  ],
  loopback: ['127.0.0.1', '127.255.255.254', '::1'],
  private: [
    '10.0.0.1',
    '10.255.255.255',
    '100.64.0.1',
    '100.127.255.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.0.1',
    '198.18.0.1',
    'fc00::1',
    'fd12:3456::1',
    'fe80::1',
    'fe80::1%eth0',
  ],
  forbidden: [
    '0.0.0.0',
    '0.1.2.3',
    '169.254.169.254',
    '169.254.170.2',
    '168.63.129.16',
    '100.100.100.200',
    '192.0.0.192',
    '192.0.2.1',
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    'fd00:ec2::254',
    'fd20:ce::254',
    '::ffff:127.0.0.1',
    '::ffff:8.8.8.8',
    '::ffff:a9fe:a9fe',
    '::127.0.0.1',
    '64:ff9b::7f00:1',
    '64:ff9b:1::7f00:1',
    '2001:0:4136:e378::1',
    '2001:db8::1',
    '2002:7f00:1::',
    'ff02::1',
    'localhost',
    '',
    '127.1',
  ],
};

describe('an address', () => {
  it.each(Object.entries(KINDS))('is %s at every edge of the ranges', (kind, addresses) => {
    const wrong = addresses.filter((address) => classifyAddress(address) !== kind);
    expect(wrong.map((address) => `${address}: ${classifyAddress(address)}`)).toEqual([]);
  });

  it('has one canonical form in all its spellings', () => {
    const spellings = ['127.1', '2130706433', '0x7f000001', '0177.0.0.1', '017700000001', '①②⑦.⓪.⓪.①', '127。0。0。1'];
    const more = ['127.0.0.1.', '[::ffff:127.0.0.1]', '[::FFFF:7f00:1]', '::ffff:7f00:1', '127.0.0.1'];
    expect(new Set([...spellings, ...more].map(canonicalAddress))).toEqual(new Set(['127.0.0.1']));
    expect(canonicalAddress('[0:0:0:0:0:0:0:1]')).toBe('::1');
    expect(['localhost', 'a.test', '', 'x y', '[zz]', '1.2.3.4.5'].map(canonicalAddress)).toEqual(
      Array(6).fill(undefined),
    );
    expect([...spellings, '[::ffff:7f00:1]'].map(oddSpelling)).toEqual(Array(8).fill('127.0.0.1'));
    expect(['127.0.0.1', '[::1]', 'localhost', '[fd00::1]'].map(oddSpelling)).toEqual(Array(4).fill(undefined));
  });
});

describe('a URL of a file', () => {
  it('may be http or https, by name or by an address written plainly', () => {
    const fine = [
      'https://api.acme.test/v2?x=1',
      'http://127.0.0.1:3000/x',
      'http://[::1]:8080/',
      'http://10.0.0.7',
      'HTTPS://API.test',
    ];
    expect(fine.map(urlProblem)).toEqual(fine.map(() => undefined));
  });

  it('is refused with the reason otherwise', () => {
    expect(urlProblem('http://127.1/')).toBe('127.1 is an odd spelling of 127.0.0.1: write the address plainly');
    expect(urlProblem('http://0x7f000001:80/x')).toMatch(/odd spelling of 127\.0\.0\.1/);
    expect(urlProblem('http://①②⑦.⓪.⓪.①/')).toMatch(/it means 127\.0\.0\.1/);
    expect(urlProblem('https://аpi.acme.test/')).toMatch(/it means xn--pi-6kc\.acme\.test/);
    expect(urlProblem('http://169.254.169.254/latest/')).toMatch(/never connected to/);
    expect(urlProblem('http://[::ffff:a9fe:a9fe]/')).toMatch(/odd spelling of 169\.254\.169\.254/);
    expect(urlProblem('http://0.0.0.0/')).toMatch(/never connected to/);
    expect(urlProblem('https://user:hunter22@a.test/')).toBe('the URL must not carry a user name or password');
    expect(urlProblem('ftp://a.test/')).toMatch(/http:\/\/ or https:\/\//);
    expect(urlProblem('nonsense?token=hunter22')).toBe('"nonsense" is not a URL');
  });
});

describe('a network', () => {
  it('is read with or without a prefix, in both families', () => {
    expect(parseCidr('10.0.0.0/8')).toEqual({ address: '10.0.0.0', prefix: 8, family: 'ipv4' });
    expect(parseCidr('2001:db8::/32')).toEqual({ address: '2001:db8::', prefix: 32, family: 'ipv6' });
    expect(parseCidr('192.0.2.7')?.prefix).toBe(32);
    const bad = [
      '10.0.0.0/33',
      '10.0.0.0/-1',
      '10.0.0.0/08',
      '10.0/8',
      '::/129',
      'x/8',
      '1.2.3.4/8/8',
      '',
      '1.2.3.4/',
      '010.0.0.0/8',
    ];
    expect(bad.map(parseCidr)).toEqual(bad.map(() => undefined));
  });

  it('holds exactly its addresses, however the peer spells them', () => {
    const nets = ['10.0.0.0/8', '192.0.2.7', '2001:db8::/32', 'garbage'];
    const inside = ['10.1.2.3', '::ffff:10.1.2.3', '192.0.2.7', '2001:db8:1::1'];
    const outside = ['11.0.0.1', '192.0.2.8', '2001:db9::1', '::1', '', 'x', '::a01:203'];
    expect(inside.filter((address) => !inCidrs(address, nets))).toEqual([]);
    expect(outside.filter((address) => inCidrs(address, nets))).toEqual([]);
    expect(inCidrs('1.2.3.4', ['0.0.0.0/0'])).toBe(true);
    expect(inCidrs('::1', ['::/0'])).toBe(true);
    expect(inCidrs('1.2.3.4', ['::/0'])).toBe(false);
  });
});
