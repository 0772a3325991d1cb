import { afterEach, describe, expect, it } from 'vitest';
import { createHttpClient, type HttpClient, openSocket, type Resolve, urlProblem } from '../../src/net/index.ts';
import { load } from '../bundle/load.ts';
import { rawServer } from '../support/raw-server.ts';
import { stubServer } from '../support/stub-server.ts';

const opened: HttpClient[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((client) => client.close()));
});

function client(resolve?: Resolve): HttpClient {
  const made = createHttpClient(resolve ? { resolve } : {});
  opened.push(made);
  return made;
}

const at =
  (...addresses: readonly string[]): Resolve =>
  async () =>
    addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));

describe('an address', () => {
  const SPELLINGS = [
    '127.0.0.1.',
    '127.1.',
    '0x7f.0.0.1',
    '0x7F.1',
    '0177.1',
    '127.0.1',
    '00000177.0.0.1',
    '2130706433.',
    '0x7f000001',
    '%31%32%37.0.0.1',
    '0',
    '0x0',
    '0.0.0.0',
    '00.0.0.0',
    '[::]',
    '[::ffff:127.0.0.1]',
    '[0:0:0:0:0:0:0:1]',
    '[::0001]',
    '[0000::1]',
    '[::ffff:0:7f00:1]',
    '[64:ff9b:1::7f00:1]',
    '[2002:a9fe:a9fe::]',
    '[fe80::1%25lo]',
    '[::1%251]',
    '１２７.0.0.1',
    '127｡0｡0｡1',
    '169.254.169.254',
    '169.254.170.2',
    '100.100.100.200',
    '168.63.129.16',
    '192.0.0.192',
    '[fd00:ec2::254]',
    '[fd00:ec2::23]',
    '[fd20:ce::254]',
    '0xa9fea9fe',
    '2852039166',
    '[::ffff:169.254.169.254]',
    'metadata.google.internal',
    'metadata.google.internal.',
    'METADATA.google.internal',
    'metadata.goog',
    'instance-data',
  ];

  it.each(SPELLINGS)('is refused where it stands and by the client: %s', async (host) => {
    const { bundle } = await load({ 'connections/acme/spec.json': { baseUrl: `http://${host}:8080/` } });
    expect(bundle.connections.has('acme')).toBe(false);
    for (const allowPrivateNetwork of [false, true]) {
      const resolve = at('93.184.216.34');
      const answer = await client(resolve).send({ url: `http://${host}:1/`, allowPrivateNetwork, deadlineMs: 300 });
      expect(answer).toMatchObject({ ok: false, sent: false });
    }
  });

  it.each([
    '127.0.0.1',
    '10.0.0.8',
    '192.168.1.1',
    '[::1]',
    '[fd12:3456::1]',
    '93.184.216.34',
    'api.example.com',
    'localhost',
  ])('may be written plainly by the author: %s', (host) => {
    expect(urlProblem(`http://${host}:8080/x`)).toBeUndefined();
  });

  it.each([
    '127.0.0.1',
    '127.255.255.254',
    '0.0.0.0',
    '10.0.0.1',
    '100.64.0.1',
    '169.254.169.254',
    '172.16.0.1',
    '192.168.0.1',
    '198.18.0.1',
    '192.0.2.1',
    '198.51.100.1',
    '203.0.113.1',
    '224.0.0.1',
    '255.255.255.255',
    '::1',
    '::',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::127.0.0.1',
    '64:ff9b::7f00:1',
    '64:ff9b:1::1',
    '2002:7f00:1::',
    '2001::1',
    '2001:db8::1',
    'fc00::1',
    'fd00::1',
    'fe80::1',
    'fe80::1%eth0',
    'fec0::1',
    'ff02::1',
    '100::1',
    '5f00::1',
  ])('that a name leads to is refused: %s', async (address) => {
    const loopback = await rawServer();
    const url = `http://name.test:${loopback.port}/`;
    expect(await client(at(address)).send({ url, deadlineMs: 500 })).toMatchObject({
      reason: 'blocked_address',
      sent: false,
    });
    expect(await client(at('93.184.216.34', address)).send({ url, deadlineMs: 500 })).toMatchObject({
      sent: false,
      reason: 'blocked_address',
    });
    const socket = await openSocket({ host: 'name.test', port: loopback.port, deadlineMs: 500, resolve: at(address) });
    expect(socket).toMatchObject({ ok: false, reason: 'blocked_address' });
    expect(loopback.connections()).toBe(0);
  });

  it.each([
    '169.254.169.254',
    '100.100.100.200',
    '168.63.129.16',
    '0.0.0.0',
    '::',
    '::ffff:7f00:1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    'fd00:ec2::254',
    '224.0.0.1',
  ])('that is never connected to stays so with allowPrivateNetwork: %s', async (address) => {
    const answer = await client(at(address)).send({
      url: 'http://name.test/',
      allowPrivateNetwork: true,
      deadlineMs: 500,
    });
    expect(answer).toMatchObject({ reason: 'blocked_address', sent: false });
  });

  it('is asked for once a connection, and a kept connection is not shared with a stricter request', async () => {
    const stub = await stubServer();
    const one = client(at('127.0.0.1'));
    const url = `http://name.test:${stub.port}/`;
    expect(await one.send({ url, allowPrivateNetwork: true })).toMatchObject({ ok: true });
    expect(await one.send({ url })).toMatchObject({ ok: false, reason: 'blocked_address' });
    expect(stub.requests).toHaveLength(1);
  });
});
