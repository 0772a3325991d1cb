import { expect, it } from 'vitest';
import { readEventStream } from '../../src/server/read-event-stream.ts';

async function parsed(...chunks: string[]) {
  async function* body() {
    for (const chunk of chunks) yield Buffer.from(chunk, 'latin1');
  }
  const events = [];
  for await (const event of readEventStream(body())) events.push(event);
  return events;
}

it('reads events whose bytes come in any pieces', async () => {
  const text = 'id: 1\nevent: usage\ndata: {"a":1}\n\n: still here\n\nid: 2\r\ndata: x\r\ndata: y\r\n\r\n';
  const whole = [
    { id: '1', event: 'usage', data: '{"a":1}' },
    { id: '2', event: 'message', data: 'x\ny' },
  ];
  expect(await parsed(text)).toEqual(whole);
  expect(await parsed(...text)).toEqual(whole);
});

it('keeps a character whole that two pieces share', async () => {
  const bytes = Buffer.from('data: é\n\n').toString('latin1');
  expect(await parsed(bytes.slice(0, 7), bytes.slice(7))).toEqual([{ id: undefined, event: 'message', data: 'é' }]);
});

it('drops an event that the end of the stream cut', async () => {
  expect(await parsed('data: whole\n\ndata: cut')).toEqual([{ id: undefined, event: 'message', data: 'whole' }]);
});
