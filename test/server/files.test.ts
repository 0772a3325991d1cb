import { readdirSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { FILE_URL_LIFE_MS } from '../../src/domain/file-url.ts';
import { DEFAULT_MAX_UPLOAD_BYTES } from '../../src/operations/uploads.ts';
import { DEFAULT_UPLOAD_IDLE_MS } from '../../src/server/body-deadline.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { madeAutomation } from '../support/made-bundle.ts';
import { serverWorld } from './world.ts';

async function world(given: Parameters<typeof serverWorld>[0] = {}) {
  const made = await serverWorld({ automations: [madeAutomation({ name: 'report' })], ...given });
  const { key } = await made.operations.createKey({ name: 'ci', by: 'test' });
  const upload = (files: readonly (readonly [string, string | Buffer])[], as = key) => {
    const form = new FormData();
    form.append('note', 'not a file');
    for (const [name, content] of files) {
      form.append('file', new Blob([new Uint8Array(Buffer.from(content))], { type: 'text/csv' }), name);
    }
    return fetch(`${made.url}/api/files`, { method: 'POST', body: form, headers: { authorization: `Bearer ${as}` } });
  };
  const read = (path: string, as = key) => fetch(`${made.url}${path}`, { headers: { authorization: `Bearer ${as}` } });
  return { ...made, key, upload, read };
}

describe('uploading', () => {
  test('keeps each file under its name, for its key and the admin alone', async () => {
    const { upload, read, api, url, operations } = await world();
    const response = await upload([
      ['orders.csv', 'a,b\n1,2\n'],
      ['../../etc/pass"wd', 'x'],
    ]);
    expect(response.status).toBe(201);
    const { id, files } = (await response.json()) as { id: string; files: { id: string; filename: string }[] };
    expect(files).toMatchObject([
      { id, filename: 'orders.csv', media_type: 'text/csv', size_bytes: 8 },
      { filename: expect.stringMatching(/^pass/) },
    ]);
    expect(id).toMatch(/^fi_[0-9a-f]{32}$/);
    const file = await read(`/api/files/${id}`);
    expect(await file.text()).toBe('a,b\n1,2\n');
    expect(file.headers.get('content-disposition')).toContain('attachment; filename="orders.csv"');
    expect(file.headers.get('content-security-policy')).toContain('sandbox');
    expect((await api(`/api/files/${id}`)).status).toBe(200);
    const { key } = await operations.createKey({ name: 'second', by: 'test' });
    expect((await read(`/api/files/${id}`, key)).status).toBe(404);
    expect((await fetch(`${url}/api/files/${id}`)).status).toBe(401);
  });

  test('refuses what is no form, holds no file, or too many; nobody uploads without a key', async () => {
    const { upload, url, key, database } = await world();
    expect((await upload([], key)).status).toBe(400);
    expect((await upload([['a', 'x']], 'ak_000000000000000000000000')).status).toBe(401);
    const many = Array.from({ length: 11 }, (_, index) => [`${index}.txt`, 'x'] as const);
    expect((await upload(many)).status).toBe(413);
    const post = (body: string, type: string) =>
      fetch(`${url}/api/files`, {
        method: 'POST',
        body,
        headers: { authorization: `Bearer ${key}`, 'content-type': type },
      });
    expect((await post('{}', 'application/json')).status).toBe(400);
    expect((await post('x', 'multipart/form-data')).status).toBe(400);
    expect((await post('x', 'multipart/form-data; boundary=b')).status).toBe(400);
    expect(await database.healthy()).toBe(true);
  });

  test('streams to disk and stops at the cap, leaving nothing behind', async () => {
    const { upload, stateDir, api } = await world();
    const response = await upload([['big.bin', Buffer.alloc(DEFAULT_MAX_UPLOAD_BYTES + 1)]]).catch(() => undefined);
    // A client may see the connection close while it still sends.
    if (response) expect(response.status).toBe(413);
    expect(readdirSync(`${stateDir}/files`)).toEqual([]);
    expect((await api('/api/health')).status).toBe(200);
  });

  test('a form that breaks off leaves nothing and disturbs nobody', async () => {
    const { port, key, stateDir, api } = await world();
    const socket = connect(port, '127.0.0.1');
    const head = [
      'POST /api/files HTTP/1.1',
      'Host: 127.0.0.1',
      `Authorization: Bearer ${key}`,
      'Content-Type: multipart/form-data; boundary=b',
      'Content-Length: 1000',
    ].join('\r\n');
    const part = '--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nhalf';
    socket.write(`${head}\r\n\r\n${part}`, () => socket.destroy());
    await new Promise((resolve) => socket.once('close', resolve));
    for (let seen = -1; seen !== 0; ) {
      seen = (await readdirSafe(`${stateDir}/files`)).length;
      expect((await api('/api/health')).status).toBe(200);
    }
  });
});

describe('a slow upload', () => {
  const head = (authorization: string, length: number) =>
    [
      'POST /api/files HTTP/1.1',
      'Host: 127.0.0.1',
      `Authorization: Bearer ${authorization}`,
      'Content-Type: multipart/form-data; boundary=b',
      `Content-Length: ${length}`,
      '',
      '',
    ].join('\r\n');
  const begin = '--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n';
  const end = '\r\n--b--\r\n';

  /** What the server says until it closes the connection, or has answered whole. */
  const heard = (socket: Socket) =>
    new Promise<string>((resolve) => {
      let text = '';
      socket.on('data', (chunk) => {
        text += chunk;
        if (/\r\n\r\n.+/s.test(text)) resolve(text);
      });
      socket.once('close', () => resolve(text));
    });

  test('of a known caller may take longer than other requests as long as it goes on', async () => {
    const { port, key, clock } = await world({ listen: { requestDeadlineMs: 200 } });
    const socket = connect(port, '127.0.0.1');
    const answer = heard(socket);
    socket.write(head(key, begin.length + 10 + end.length) + begin);
    for (let sent = 0; sent < 10; sent++) {
      await clock.sleep(50);
      socket.write('x');
    }
    socket.write(end);
    expect(await answer).toMatch(/^HTTP\/1\.1 201 [\s\S]*"size_bytes":10/);
    socket.destroy();
  });

  test('of nobody known is closed like any other request', async () => {
    const { port, clock } = await world({ listen: { requestDeadlineMs: 200 } });
    const socket = connect(port, '127.0.0.1');
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    const answer = heard(socket);
    socket.on('error', () => {});
    socket.write(head('ak_000000000000000000000000', 1_000_000) + begin);
    expect(await answer).toContain('401');
    let isClosed = false;
    void closed.then(() => {
      isClosed = true;
    });
    for (let sent = 0; sent < 100 && !isClosed; sent++) {
      await clock.sleep(20);
      socket.write('x');
    }
    expect(isClosed).toBe(true);
  });

  test('of which nothing comes any more has broken off and leaves nothing', async () => {
    const clock = new FakeClock();
    const { port, key, stateDir, api } = await world({ clock });
    const socket = connect(port, '127.0.0.1');
    const answer = heard(socket);
    socket.write(`${head(key, 1_000_000) + begin}half`);
    while ((await readdirSafe(`${stateDir}/files`)).length === 0) expect((await api('/healthz')).status).toBe(200);
    await clock.advance(2 * DEFAULT_UPLOAD_IDLE_MS);
    expect(await answer).toMatch(/^HTTP\/1\.1 400 [\s\S]*broke off/);
    while ((await readdirSafe(`${stateDir}/files`)).length > 0) expect((await api('/healthz')).status).toBe(200);
  });
});

describe('files of runs', () => {
  test('are listed with a link that opens them without a token, for a day and not when it is changed', async () => {
    const clock = new FakeClock();
    const { api, url, database, operations } = await world({ clock });
    const { run } = await operations.triggerAutomation('report', { by: 'test' });
    const chart = { filename: 'Übersicht.svg', mediaType: 'image/svg+xml', kind: 'chart', run } as const;
    await database.saveFile(chart, Buffer.from('<svg/>'), { maxBytes: 99, maxFiles: 9 }, clock.now());
    const view = (await (await api(`/api/runs/${run}`)).json()) as { files: { file_url: string }[] };
    expect(view.files).toEqual([
      {
        file_url: expect.stringContaining(`${url}/api/files/fi_`),
        filename: 'Übersicht.svg',
        size_bytes: 6,
        kind: 'chart',
      },
    ]);
    const link = view.files[0]?.file_url ?? '';
    const file = await fetch(link);
    expect([file.status, await file.text()]).toEqual([200, '<svg/>']);
    expect(file.headers.get('content-disposition')).toContain("filename*=UTF-8''%C3%9Cbersicht.svg");
    const signature = /signature=(.*)$/.exec(link)?.[1] ?? '';
    const changed = [
      link.replace(/expires=(\d+)/, (_, at) => `expires=${Number(at) + 1}`),
      link.replace(
        signature,
        signature.replace(/^./, (first) => (first === '0' ? '1' : '0')),
      ),
      link.replace(/fi_.{4}/, 'fi_0000'),
      link.replace(/expires=\d+/, 'expires=never'),
    ];
    for (const wrong of changed) expect((await fetch(wrong)).status, wrong).toBe(403);
    await clock.advance(FILE_URL_LIFE_MS);
    expect((await fetch(link)).status).toBe(403);
  });

  test('a caller names the files that it uploaded, nobody else’s', async () => {
    const { upload, url, key, database, operations } = await world();
    const { id } = (await (await upload([['orders.csv', 'a,b\n']])).json()) as { id: string };
    const call = (body: object, as = key) =>
      fetch(`${url}/api/agents/webhook/report`, {
        method: 'POST',
        body: JSON.stringify(body),
        headers: { authorization: `Bearer ${as}` },
      });
    const accepted = (await (await call({ task: 'sum', files: [id, id] })).json()) as { run_id: string };
    const event = await database.getRunEvent(accepted.run_id);
    expect(event).toMatchObject({ body: '{"task":"sum"}', files: [id] });
    const second = await operations.createKey({ name: 'second', by: 'test' });
    expect((await call({ files: [id] }, second.key)).status).toBe(400);
    expect((await call({ files: ['fi_0'] })).status).toBe(400);
    expect((await call({ files: Array.from({ length: 21 }, (_, n) => `fi_${n}`) })).status).toBe(400);
    const inside = { inputs: { attachments: [id], note: `see ${id}`, other: `fi_${'0'.repeat(32)}` } };
    const nested = (await (await call(inside)).json()) as { run_id: string };
    expect(await database.getRunEvent(nested.run_id)).toMatchObject({ body: JSON.stringify(inside), files: [id] });
    const foreign = (await (await call(inside, second.key)).json()) as { run_id: string };
    expect((await database.getRunEvent(foreign.run_id))?.files).toBeUndefined();
    const own = (await (await call({ files: ['a.txt'] })).json()) as { run_id: string };
    expect((await database.getRunEvent(own.run_id))?.body).toBe('{"files":["a.txt"]}');
  });
});

async function readdirSafe(dir: string): Promise<readonly string[]> {
  await new Promise((resolve) => setImmediate(resolve));
  try {
    return readdirSync(dir);
  } catch {
    return [];
  }
}
