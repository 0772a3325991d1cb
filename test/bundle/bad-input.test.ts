import { describe, expect, it } from 'vitest';
import { load, messages } from './load.ts';

/** Writes one automation as text, loads it and gives back what is said. */
async function say(text: string, env: Readonly<Record<string, string>> = {}): Promise<readonly string[]> {
  return messages(await load({ 'automations/digest.json': text }, env));
}

const json = (value: unknown) => JSON.stringify(value, null, 2);
const digest = (more: Readonly<Record<string, unknown>>) => json({ prompt: 'Summarise.', ...more });

describe('what is said of a broken automation', () => {
  it('names the field of a cron expression that is out of range', async () => {
    const text = '{\n  "title": "Digest",\n  "prompt": "x",\n  "schedule": "0 25 * * *"\n}';
    expect(await say(text)).toEqual(['automations/digest.json:4:15 schedule "0 25 * * *": hour must be 0-23, got 25']);
  });

  it('says how many fields a schedule has', async () => {
    expect(await say(digest({ schedule: '* * *' }))).toEqual([
      'automations/digest.json:3:15 schedule "* * *": a schedule has 5 fields (6 with seconds), got 3',
    ]);
  });

  it('names a day that no month has', async () => {
    expect(await say(digest({ schedule: '0 0 30 2 *' }))).toEqual([
      'automations/digest.json:3:15 schedule "0 0 30 2 *" never fires: there is no day 30 in February',
    ]);
  });

  it('asks the cron library about rare expressions', async () => {
    expect(await say(digest({ schedule: '0 9 L * *' }))).toEqual([]);
    expect(await say(digest({ schedule: '0 9 * * FRI#9' }))).toEqual([
      expect.stringMatching(/^automations\/digest\.json:3:15 schedule "0 9 \* \* FRI#9" /),
    ]);
  });

  it('suggests the zone that was meant', async () => {
    expect(await say(digest({ schedule: '0 9 * * *', timezone: 'Europe/Berln' }))).toEqual([
      'automations/digest.json:4:15 timezone "Europe/Berln": expected an IANA name like "Europe/Berlin": did you mean "Europe/Berlin"?',
    ]);
  });

  it('does not take an offset for a zone', async () => {
    const [message] = await say(digest({ schedule: '0 9 * * *', timezone: '+02:00' }));
    expect(message).toMatch(/timezone "\+02:00": expected an IANA name/);
  });

  it('suggests the key that was meant', async () => {
    expect(await say(digest({ shedule: '0 9 * * *' }))).toEqual([
      'automations/digest.json:3:3 unknown key "shedule": did you mean "schedule"?',
    ]);
  });

  it('suggests a nested key that was meant', async () => {
    expect(await say(digest({ limits: { maxStep: 3 } }))).toEqual([
      'automations/digest.json:4:5 limits: unknown key "maxStep": did you mean "maxSteps"?',
    ]);
  });

  it('lists the triggers when it does not know one', async () => {
    expect(await say(digest({ trigger: 'crom' }))).toEqual([
      'automations/digest.json:3:14 trigger: expected cron, webhook or manual, got the text "crom": did you mean "cron"?',
    ]);
  });

  it('refuses an empty prompt, blanks included', async () => {
    expect(await say('{ "prompt": "" }')).toEqual(['automations/digest.json:1:13 prompt: must not be empty']);
    expect(await say('{ "prompt": " \\n " }')).toEqual(['automations/digest.json:1:13 prompt: must not be empty']);
  });

  it('misses a prompt', async () => {
    expect(await say('{}')).toEqual(['automations/digest.json:1:1 "prompt" is missing']);
  });

  it('does not take text for a boolean', async () => {
    expect(await say(digest({ writeEnabled: 'false' }))).toEqual([
      'automations/digest.json:3:19 writeEnabled: expected true or false, got the text "false": write it without quotes',
    ]);
  });

  it('names the line and the variable that is not set', async () => {
    const auth = { type: 'hmac-sha256', header: 'X-Sig', secret: 'env:HOOK_SECRET' };
    const text = digest({ trigger: 'webhook', webhookAuth: auth });
    expect(await say(text)).toEqual([
      'automations/digest.json:7:15 webhookAuth.secret: the variable HOOK_SECRET is not set: put HOOK_SECRET=… into .env or the environment',
    ]);
    expect(await say(text, { HOOK_SECRET: '' })).toEqual([
      'automations/digest.json:7:15 webhookAuth.secret: the variable HOOK_SECRET is empty: put HOOK_SECRET=… into .env or the environment',
    ]);
  });

  it('refuses a key that stands there twice', async () => {
    expect(await say('{\n  "prompt": "a",\n  "writeEnabled": false,\n  "writeEnabled": true\n}')).toEqual([
      'automations/digest.json:4:3 duplicate key "writeEnabled": it stands already in line 3; keep one of them',
    ]);
  });

  it('finds duplicate keys at every level', async () => {
    expect(await say('{ "prompt": "a", "limits": { "maxSteps": 1, "maxSteps": 2 } }')).toEqual([
      'automations/digest.json:1:45 limits: duplicate key "maxSteps": it stands already in line 1; keep one of them',
    ]);
  });

  it('says where JSON goes wrong', async () => {
    expect(await say('{\n  "prompt": "a",\n}')).toEqual([
      'automations/digest.json:2:16 not JSON: there is a comma too many',
    ]);
    expect(await say('')).toEqual(['automations/digest.json:1:1 not JSON: the file is empty']);
    expect(await say('// hello\n{}')).toEqual(['automations/digest.json:1:1 not JSON: JSON has no comments']);
  });

  it('refuses nesting beyond all use', async () => {
    const deep = `{ "prompt": "x", "success": { "schema": ${'{"not":'.repeat(70)}{}${'}'.repeat(70)} } }`;
    const [message] = await say(deep);
    expect(message).toMatch(/objects and lists are nested more than 64 levels deep/);
  });

  it('suggests the target that was meant', async () => {
    expect(await say(digest({ delivery: { targets: [{ type: 'webhok', url: 'https://x.test' }] } }))).toEqual([
      'automations/digest.json:6:17 delivery.targets[0].type: "webhok" is no type of target: did you mean "webhook"?',
    ]);
  });

  it('asks the type of a target about its options', async () => {
    expect(await say(digest({ delivery: { targets: [{ type: 'file', path: '/etc/x' }] } }))).toEqual([
      'automations/digest.json:5:7 delivery.targets[0]: "path" must stay below the folder',
    ]);
  });

  it('suggests the preset that was meant', async () => {
    const auth = { type: 'gihub', secret: 'env:S' };
    expect(await say(digest({ webhookAuth: auth }), { S: 'long enough for a secret' })).toEqual([
      'automations/digest.json:4:13 webhookAuth.type: "gihub" is no way to sign: did you mean "github"?',
    ]);
  });

  it('asks the preset about the rest of webhookAuth', async () => {
    expect(
      await say(digest({ webhookAuth: { type: 'hmac-sha256', secret: 'env:S' } }), { S: 'long enough for a secret' }),
    ).toEqual(['automations/digest.json:3:18 webhookAuth: "header" is missing']);
  });

  it('wants the exact URL where the sender signs it', async () => {
    const auth = { type: 'hmac-sha256', header: 'X-S', secret: 'env:S', signedPayload: '{url}{body}' };
    const env = { S: 'long enough for a secret' };
    expect(await say(digest({ webhookAuth: auth }), env)).toEqual([
      expect.stringContaining('webhookAuth: webhook.publicUrl is required for webhookAuth type "hmac-sha256"'),
    ]);
    expect(await say(digest({ webhookAuth: auth, webhook: { publicUrl: 'https://a.test/x' } }), env)).toEqual([]);
  });

  it('finds a template error with its place in the text', async () => {
    expect(await say(digest({ prompt: 'Hello\n{{ name | uper }}' }))).toEqual([
      'automations/digest.json:2:13 prompt: template error in line 2, column 11 of the text: unknown filter "uper"',
    ]);
    const [open] = await say(digest({ prompt: 'Hello {{ name' }));
    expect(open).toMatch(/prompt: template error in line 1, column \d+ of the text: syntax error/);
  });

  it('checks delivery templates as well', async () => {
    const [message] = await say(digest({ delivery: { template: '{% if %}', targets: [{ type: 'log' }] } }));
    expect(message).toMatch(/^automations\/digest\.json:4:17 delivery\.template: template error in line 1/);
  });

  it('wants a schedule for the trigger cron', async () => {
    const [message] = await say(digest({ trigger: 'cron' }));
    expect(message).toMatch(/"schedule" is missing: the trigger "cron" needs one/);
  });

  it('suggests the connection that was meant', async () => {
    const loaded = await load({
      'connections/github/spec.json': { baseUrl: 'https://api.github.test' },
      'automations/digest.json': digest({ connections: ['githb'] }),
    });
    expect(messages(loaded)).toEqual([
      'automations/digest.json:4:5 connections[0]: no connection is called "githb": did you mean "github"?',
    ]);
  });

  it('refuses networks, filters and keys that mean nothing', async () => {
    const webhook = {
      allowCIDRs: ['10.0.0.0/33', '2001:db8::/32'],
      filter: { field: 'a', equals: 1, in: [2] },
      dedupe: { key: 'id' },
    };
    expect(await say(digest({ webhook, webhookAuth: { type: 'none' } }))).toEqual([
      'automations/digest.json:5:7 webhook.allowCIDRs[0]: expected a network such as "203.0.113.0/24" or "2001:db8::/32", got "10.0.0.0/33"',
      'automations/digest.json:8:15 webhook.filter: expected "field" with one of equals, in, exists, regex; or one of any, all, not, got field, equals, in',
      'automations/digest.json:16:14 webhook.dedupe.key: expected "body:<path>", "header:<name>" or "sha256(body)", got "id"',
      'automations/digest.json:20:13 webhookAuth.type: "none": whoever knows the URL can start it; let the sender sign its requests',
    ]);
  });

  it('refuses regular expressions that could take for ever', async () => {
    const webhook = { filter: { all: [{ field: 'a', regex: '^ok$' }, { not: { field: 'b', regex: '(?<=x)y' } }] } };
    const [message, ...more] = await say(digest({ webhook, webhookAuth: { type: 'none' } }));
    expect(message).toMatch(/^automations\/digest\.json:\d+:\d+ webhook\.filter\.all\[1\]\.not\.regex "\(\?<=x\)y" /);
    expect(more).toHaveLength(1);
  });

  it('knows the events of a sender, and that some name none', async () => {
    const env = { S: 'long enough for a secret' };
    const github = { type: 'github', secret: 'env:S' };
    const events = ['issues', 'issues.opened', 'push.*', '*', 'pull_requests', 'pusch.*'];
    expect(await say(digest({ webhookAuth: github, webhook: { events } }), env)).toEqual([
      expect.stringContaining('webhook.events[4]: github has no event "pull_requests": did you mean "pull_request"?'),
      expect.stringContaining('webhook.events[5]: github has no event "pusch": did you mean "push"?'),
    ]);
    const general = { type: 'hmac-sha256', header: 'X-S', secret: 'env:S' };
    expect(await say(digest({ webhookAuth: general, webhook: { events: ['push'] } }), env)).toEqual([
      expect.stringContaining('webhook.events: "hmac-sha256" names no events, so nothing would pass: use "filter"'),
    ]);
  });

  it('refuses to wait longer for quiet than at all', async () => {
    const webhook = { coalesce: { key: 'body:id', quietSeconds: 90 } };
    expect(await say(digest({ webhook, webhookAuth: { type: 'none' } }))).toContainEqual(
      expect.stringContaining('webhook.coalesce: waits 90 s for quiet but starts after 60 s in any case'),
    );
  });

  it('refuses odd spellings of addresses and metadata addresses', async () => {
    for (const [url, words] of [
      ['http://127.1/x', '127.1 is an odd spelling of 127.0.0.1: write the address plainly'],
      ['http://0x7f000001/', 'is an odd spelling of 127.0.0.1'],
      ['http://2130706433/', 'is an odd spelling of 127.0.0.1'],
      ['http://[::ffff:127.0.0.1]/', 'is an odd spelling of 127.0.0.1'],
      ['http://169.254.169.254/latest', 'is an address that is never connected to'],
      ['ftp://x.test', 'the URL must begin with http:// or https://, got ftp:'],
      ['https://user:pw@x.test', 'the URL must not carry a user name or password'],
      ['nonsense', '"nonsense" is not a URL'],
    ] as const) {
      const said = await say(digest({ delivery: { targets: [{ type: 'webhook', url }] } }));
      expect(said.join('\n'), url).toContain(`delivery.targets[0].url: `);
      expect(said.join('\n'), url).toContain(words);
    }
  });

  it('lets loopback in its usual form pass', async () => {
    for (const url of ['http://127.0.0.1:9', 'http://[::1]:9/x', 'http://10.0.0.8/']) {
      expect(await say(digest({ delivery: { targets: [{ type: 'webhook', url }] } })), url).toEqual([]);
    }
  });

  it('does not show what a variable holds', async () => {
    const said = await say(digest({ delivery: { targets: [{ type: 'webhook', url: 'env:URL' }] } }), {
      URL: 'geheimnis',
    });
    expect(said).toEqual([expect.stringContaining('delivery.targets[0].url: expected a URL')]);
    expect(said.join()).not.toContain('geheimnis');
  });

  it('names what stands in a file that is not text', async () => {
    const loaded = await load({ 'automations/digest.json': '' });
    expect(loaded.bundle.broken.get('digest')?.file).toBe('automations/digest.json');
  });

  it('refuses a name that no URL could hold', async () => {
    const said = messages(await load({ 'automations/my digest.json': digest({}) }));
    expect(said).toEqual([
      'automations/my digest.json:1:1 the file\'s name is the automation\'s name: expected letters, digits, ".", "_" and "-", got "my digest"',
    ]);
  });

  it('says every error at once', async () => {
    const said = await say(digest({ schedule: '0 25 * * *', timezone: 'Mars', maxParallel: 0, limits: 5 }));
    expect(said).toHaveLength(4);
  });
});

describe('what is said of an agent', () => {
  it('names connections and models that there are not', async () => {
    const agent = '---\nconnections: [githb]\nmodel: simpel\n---\nLook.';
    const loaded = await load({
      'agents/scout/AGENT.md': agent,
      'connections/github/spec.json': { baseUrl: 'https://a.test' },
    });
    expect(messages(loaded)).toEqual([
      'agents/scout/AGENT.md:2:1 connections[0]: no connection is called "githb": did you mean "github"?',
      'agents/scout/AGENT.md:3:1 model "simpel" is not in "models" of amodal.json: did you mean "simple"?',
    ]);
    expect(loaded.bundle.agents.size).toBe(0);
  });
});

describe('what is warned of', () => {
  it('tells about keys of older versions, and loads the file', async () => {
    const loaded = await load({ 'automations/digest.json': digest({ output: {} }) });
    expect(messages(loaded)).toEqual([
      'automations/digest.json:3:3 key "output" of older versions has no effect here: use "delivery"',
    ]);
    expect(loaded.bundle.automations.has('digest')).toBe(true);
  });

  it('tells about secrets that stand in the file, are short, or are shared', async () => {
    const hook = { prompt: 'x', webhookAuth: { type: 'hmac-sha256', header: 'X-S', secret: 'short' } };
    const loaded = await load({ 'automations/a.json': hook, 'automations/b.json': hook });
    expect(loaded.diagnostics.map(({ severity }) => severity)).not.toContain('error');
    expect(messages(loaded)).toEqual([
      'automations/a.json:6:15 webhookAuth.secret: the secret stands in the file: write env:NAME and put the value into .env',
      'automations/a.json:6:15 webhookAuth.secret: the secret has 5 bytes: a secret should have at least 16',
      'automations/a.json:6:15 webhookAuth.secret: the secret is used by b as well: give each automation its own',
      'automations/b.json:6:15 webhookAuth.secret: the secret stands in the file: write env:NAME and put the value into .env',
      'automations/b.json:6:15 webhookAuth.secret: the secret has 5 bytes: a secret should have at least 16',
    ]);
  });

  it('tells about a webhook that anybody can call', async () => {
    expect(await say(digest({ trigger: 'webhook' }))).toEqual([
      'automations/digest.json:3:14 the webhook has no "webhookAuth": whoever knows its URL can start it; let the sender sign its requests',
    ]);
  });

  it('tells when forged text, private data and an open connection meet', async () => {
    const files = {
      'connections/crm/spec.json': { baseUrl: 'https://crm.test', auth: { type: 'bearer', token: 'env:CRM' } },
      'connections/web/spec.json': { baseUrl: 'https://web.test' },
    };
    const hook = { prompt: 'x', webhookAuth: { type: 'github', secret: 'env:HOOK' } };
    const env = { CRM: 'a token of the crm', HOOK: 'a secret of the hook' };
    const [message, ...more] = messages(await load({ ...files, 'automations/a.json': hook }, env));
    expect(message).toMatch(/the data of connection "crm" and the open connection "web" meet in one session/);
    expect(more).toEqual([]);
    expect(messages(await load({ ...files, 'automations/a.json': { ...hook, connections: ['crm'] } }, env))).toEqual(
      [],
    );
  });

  it('tells about schedules that are easily misread', async () => {
    const loaded = await load({ 'automations/digest.json': digest({ schedule: '0 9 1 * 1' }) });
    expect(messages(loaded)).toEqual([expect.stringContaining('it fires when either of them matches')]);
    expect(loaded.bundle.automations.get('digest')?.schedule?.expression).toBe('0 9 1 * 1');
  });
});
