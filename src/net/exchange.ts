import type { Dispatcher } from 'undici';
import { type BodyEnd, type BodySink, createBodySink, isKnownEncoding } from './body-sink.ts';
import { withoutQuery } from './check-url.ts';
import { BlockedAddressError } from './guarded-lookup.ts';
import { type HttpFailure, type HttpFailureReason, type HttpResult, httpAnswer } from './http-result.ts';

/** A request with every decision taken. */
export interface Outgoing {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly deadlineMs: number;
  readonly maxBytes: number;
  readonly answer: 'whole' | 'excerpt';
  readonly signal?: AbortSignal;
}

interface Head {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** One exchange while it lasts; the only thing here that changes. */
interface Course {
  readonly outgoing: Outgoing;
  readonly resolve: (result: HttpResult) => void;
  readonly timer: NodeJS.Timeout;
  readonly onAbort: () => void;
  sent: boolean;
  isOver: boolean;
  controller?: Dispatcher.DispatchController;
  head?: Head;
  sink?: BodySink;
}

/** Sends one request and collects its answer under one deadline; resolves always, once. */
export function exchange(dispatcher: Dispatcher, outgoing: Outgoing): Promise<HttpResult> {
  return new Promise((resolve) => {
    const { method, url, headers, body, signal } = outgoing;
    const course = begin(outgoing, resolve);
    if (signal?.aborted) return course.onAbort();
    signal?.addEventListener('abort', course.onAbort, { once: true });
    const options = { origin: url.origin, path: `${url.pathname}${url.search}`, method, headers, body };
    dispatcher.dispatch(options as Dispatcher.DispatchOptions, handlerOf(course));
  });
}

function begin(outgoing: Outgoing, resolve: Course['resolve']): Course {
  const { deadlineMs } = outgoing;
  const onDeadline = () => {
    breakOff(course, orExcerpt(course, failure(course, 'timeout', `no whole answer within ${deadlineMs / 1000} s`)));
  };
  const course: Course = {
    outgoing,
    resolve,
    timer: setTimeout(onDeadline, deadlineMs),
    onAbort: () => breakOff(course, failure(course, 'aborted', 'the request was given up')),
    sent: false,
    isOver: false,
  };
  return course;
}

function handlerOf(course: Course): Dispatcher.DispatchHandler {
  return {
    onRequestStart: (controller) => {
      course.controller = controller;
      if (course.isOver) return controller.abort(new Error('the exchange is over'));
      course.sent = true;
    },
    onResponseStart: (controller, status, headers) => {
      if (status >= 200) onHead(course, controller, { status, headers: joined(headers) });
    },
    onResponseData: (_, chunk) => course.sink?.write(chunk),
    onResponseEnd: () => course.sink?.end(),
    onResponseError: (_, error) => finish(course, orExcerpt(course, failure(course, ...explain(error)))),
  };
}

function onHead(course: Course, controller: Dispatcher.DispatchController, head: Head): void {
  const { method, maxBytes } = course.outgoing;
  course.head = head;
  const refusal = refuseHead(head, course.outgoing);
  if (refusal) {
    breakOff(course, failure(course, refusal.reason, refusal.error));
    return;
  }
  const encoding = method === 'HEAD' || !isKnownEncoding(encodingOf(head)) ? '' : encodingOf(head);
  course.sink = createBodySink(encoding, {
    maxBytes,
    onEnd: (end) => onBodyEnd(course, head, end),
    pause: () => controller.pause(),
    resume: () => controller.resume(),
  });
}

function onBodyEnd(course: Course, head: Head, end: BodyEnd): void {
  const { maxBytes, answer } = course.outgoing;
  switch (end.type) {
    case 'whole':
      finish(course, httpAnswer(head, end.bytes, false));
      break;
    case 'broken':
      breakOff(course, orExcerpt(course, failure(course, 'encoding', end.error)));
      break;
    case 'over': {
      const tooLarge = failure(course, 'too_large', `the answer is longer than ${maxBytes} bytes`);
      breakOff(course, answer === 'excerpt' ? httpAnswer(head, end.bytes, true) : tooLarge);
    }
  }
}

function finish(course: Course, result: HttpResult): void {
  if (course.isOver) return;
  course.isOver = true;
  clearTimeout(course.timer);
  course.outgoing.signal?.removeEventListener('abort', course.onAbort);
  course.resolve(result);
}

/** Ends it before its time: the socket is given up. */
function breakOff(course: Course, result: HttpResult): void {
  finish(course, result);
  course.sink?.stop();
  course.controller?.abort(new Error('the exchange is over'));
}

function failure({ outgoing, sent, head }: Course, reason: HttpFailureReason, error: string): HttpFailure {
  return { ok: false, reason, error: `${outgoing.url.host}: ${error}`, sent, ...head };
}

/** Where only the status counts, an answer whose body stays away is still an answer. */
function orExcerpt({ head, sink, outgoing }: Course, failed: HttpFailure): HttpResult {
  return head && sink && outgoing.answer === 'excerpt' ? httpAnswer(head, sink.stop(), true) : failed;
}

function refuseHead(
  { status, headers }: Head,
  { maxBytes, answer, url, method }: Outgoing,
): { readonly reason: HttpFailureReason; readonly error: string } | undefined {
  if (REDIRECTS.has(status)) return { reason: 'redirect', error: `redirects are not followed${place(headers, url)}` };
  if (answer === 'excerpt' || method === 'HEAD') return undefined;
  if (!isKnownEncoding(encodingOf({ status, headers }))) {
    return { reason: 'encoding', error: `the answer is encoded as "${headers['content-encoding']}"` };
  }
  if (Number(headers['content-length'] ?? 0) > maxBytes) {
    return { reason: 'too_large', error: `the answer is longer than ${maxBytes} bytes` };
  }
  return undefined;
}

function place({ location }: Head['headers'], base: URL): string {
  if (!location || !URL.canParse(location, base.href)) return '';
  return ` (it points to ${withoutQuery(new URL(location, base).href).slice(0, 200)})`;
}

function encodingOf({ headers }: Head): string {
  return headers['content-encoding']?.trim().toLowerCase() ?? '';
}

function joined(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  const all = Object.entries(headers).map(([name, value = '']) => [
    name,
    Array.isArray(value) ? value.join(', ') : value,
  ]);
  return Object.fromEntries(all);
}

function explain(error: Error): [HttpFailureReason, string] {
  const refusal = [error, ...causesOf(error)].find((one) => one instanceof BlockedAddressError);
  if (refusal instanceof Error) return ['blocked_address', refusal.message];
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  if (code === 'UND_ERR_INVALID_ARG') return ['invalid_request', error.message];
  if (code === 'UND_ERR_CONNECT_TIMEOUT') return ['timeout', 'no connection'];
  if (code === 'UND_ERR_HEADERS_OVERFLOW') return ['too_large', 'the head of the answer is too long'];
  return ['network', `${code}${error.message === '' ? '' : `: ${error.message}`}`];
}

function causesOf(error: Error): unknown[] {
  return [error.cause, ...(error instanceof AggregateError ? error.errors : [])];
}
