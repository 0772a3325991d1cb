/** One event of a stream of server-sent events. */
export interface ServerSentEvent {
  readonly id?: string;
  readonly event: string;
  readonly data: string;
}

/** More than this without an end of line is no event stream. */
const LONGEST_EVENT = 16_777_216;

/** Parses `text/event-stream` as it comes (WHATWG HTML §9.2.6); ends when the body ends. */
export async function* readEventStream(body: AsyncIterable<Uint8Array>): AsyncGenerator<ServerSentEvent> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > LONGEST_EVENT) throw new Error('an event of the stream does not end');
    const blocks = text.split(/\r?\n\r?\n/);
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const event = parseEvent(block);
      if (event) yield event;
    }
  }
}

function parseEvent(block: string): ServerSentEvent | undefined {
  const fields = block.split(/\r?\n/).map((line) => /^([^:]*)(?:: ?(.*))?$/s.exec(line));
  const values = (name: string) => fields.filter((field) => field?.[1] === name).map((field) => field?.[2] ?? '');
  const data = values('data');
  if (data.length === 0) return undefined;
  return { id: values('id').at(-1), event: values('event').at(-1) ?? 'message', data: data.join('\n') };
}
