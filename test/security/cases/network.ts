import { expect } from 'vitest';
import { classifyAddress, createHttpClient, type Resolve, urlProblem } from '../../../src/net/index.ts';
import { load } from '../../bundle/load.ts';
import { contextOf, deliveryOf, deliveryType } from '../../delivery/delivery-world.ts';
import { serverWorld, signedHook } from '../../server/world.ts';
import { rawServer } from '../../support/raw-server.ts';
import { stubServer } from '../../support/stub-server.ts';
import { ask } from '../ask.ts';
import { type AttackCase, attacksInto } from '../attack-case.ts';

export const networkCases: AttackCase[] = [];
const attack = attacksInto(networkCases);

const resolvesTo =
  (...answers: readonly string[]): Resolve =>
  async () => {
    const [address = '', ...rest] = answers;
    if (rest.length > 0) answers = rest;
    return [{ address, family: address.includes(':') ? 6 : 4 }];
  };

/** Refused as connection and as target at load, and by the client; nothing arrives at the port. */
async function refusedEverywhere(hosts: readonly string[]): Promise<void> {
  const loopback = await rawServer();
  const client = createHttpClient();
  for (const host of hosts) {
    const url = `http://${host}:${loopback.port}/`;
    const { bundle } = await load({ 'connections/acme/spec.json': { baseUrl: url } });
    expect([host, bundle.connections.has('acme')]).toEqual([host, false]);
    expect(await client.send({ url, deadlineMs: 500 }), host).toMatchObject({ ok: false, sent: false });
    expect(await client.send({ url, allowPrivateNetwork: true, deadlineMs: 500 }), host).toMatchObject({ ok: false });
    const target = deliveryType('webhook').check({ url }, contextOf().secrets);
    expect(target, host).not.toEqual([]);
  }
  await client.close();
  expect(loopback.connections()).toBe(0);
}

attack('SSRF-01', 'no spelling of an IPv4 address but the plain one is taken', async () => {
  const spellings = ['127.1', '2130706433', '0x7f000001', '0177.0.0.1', '017700000001', '①②⑦.⓪.⓪.①', '127。0。0。1'];
  await refusedEverywhere(spellings);
});

attack('SSRF-03', 'no IPv6 address that carries an IPv4 one is taken', async () => {
  const hosts = ['::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:a9fe:a9fe', '64:ff9b::7f00:1', '2002:7f00:1::'];
  await refusedEverywhere([...hosts, '2001:0:4136:e378::1', '::127.0.0.1'].map((host) => `[${host}]`));
});

attack('SSRF-05', 'a name that leads to a private or special address is refused; the edges are public', async () => {
  const special = ['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', '100.64.0.1', '100.127.255.255'];
  const more = ['169.254.169.254', '192.0.0.1', '198.18.0.1', '224.0.0.1', '240.0.0.1', '255.255.255.255', '0.0.0.0'];
  for (const address of [...special, ...more, 'fc00::1', 'fe80::1', 'ff00::1', '::', '::1', 'fd00:ec2::254']) {
    const client = createHttpClient({ resolve: resolvesTo(address) });
    const answer = await client.send({ url: 'http://name.test/', deadlineMs: 500 });
    expect([address, answer.ok ? 'answered' : answer.reason]).toEqual([address, 'blocked_address']);
    await client.close();
  }
  for (const address of ['100.63.255.254', '100.128.0.1', '172.32.0.1', '172.15.255.255', '2606:4700::1111']) {
    expect([address, classifyAddress(address)]).toEqual([address, 'public']);
  }
  expect(urlProblem('http://169.254.169.254/latest')).toBeDefined();
  expect(urlProblem('http://10.1.2.3/')).toBeUndefined();
});

attack('SSRF-07', 'the address that was judged is the one that is connected to', async () => {
  const loopback = await stubServer();
  let asked = 0;
  const rebinds: Resolve = async () => {
    asked += 1;
    return [{ address: asked === 1 ? '127.0.0.1' : '169.254.169.254', family: 4 }];
  };
  const client = createHttpClient({ resolve: rebinds });
  const url = `http://rebind.test:${loopback.port}/`;
  expect(await client.send({ url, allowPrivateNetwork: true })).toMatchObject({ ok: true });
  expect([asked, loopback.requests.length]).toEqual([1, 1]);
  const strict = createHttpClient({ resolve: resolvesTo('127.0.0.1') });
  expect(await strict.send({ url })).toMatchObject({ ok: false, reason: 'blocked_address', sent: false });
  const both: Resolve = async () => [
    { address: '93.184.216.34', family: 4 },
    { address: '127.0.0.1', family: 4 },
  ];
  const mixed = createHttpClient({ resolve: both });
  expect(await mixed.send({ url })).toMatchObject({ ok: false, reason: 'blocked_address', sent: false });
  expect(loopback.requests).toHaveLength(1);
  await Promise.all([client.close(), strict.close(), mixed.close()]);
});

attack('SSRF-09', 'a redirect into the private network is not followed', async () => {
  const inside = await stubServer();
  for (const location of [`${inside.url}/admin`, 'http://169.254.169.254/latest/meta-data']) {
    const { sent } = await ask([{}], { stub: await stubServer(() => ({ status: 302, headers: { location } })) });
    expect(sent).toHaveLength(1);
  }
  expect(inside.requests).toEqual([]);
});

attack('SSRF-11', "a delivery into the runtime's own hook starts nothing without its secret", async () => {
  const { url, database } = await serverWorld({ automations: [signedHook()] });
  const target = deliveryOf('webhook', { url: `${url}/webhooks/hook` });
  const result = await deliveryType('webhook').send(target, contextOf());
  expect(result).toMatchObject({ ok: false, retryable: false, httpStatus: 401 });
  expect((await database.countRuns()).queued).toBe(0);
});

attack('SSRF-13', 'variables that name a proxy are not read', async () => {
  const proxy = await stubServer();
  const names = ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'ALL_PROXY'];
  const before = names.map((name) => process.env[name]);
  for (const name of names) process.env[name] = proxy.url;
  try {
    const client = createHttpClient({ resolve: resolvesTo('10.0.0.1') });
    expect(await client.send({ url: 'http://inside.test/', deadlineMs: 300 })).toMatchObject({
      ok: false,
      sent: false,
    });
    await client.close();
    const { sent } = await ask([{}]);
    expect(sent).toEqual(['GET /v2/x']);
    expect(proxy.requests).toEqual([]);
  } finally {
    for (const [index, name] of names.entries()) {
      const value = before[index];
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
});
