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

/** Sends one request and collects its answer under one deadline; resolves always, once. */
export function exchange(dispatcher: Dispatcher, outgoing: Outgoing): Promise<HttpResult> {
  return new Promise((resolve) => {
    const { method, url, headers, body, signal } = outgoing;
    const state = { sent: false, isOver: false };
    let controller: Dispatcher.DispatchController | undefined;
    let head: Head | undefined;
    let sink: BodySink | undefined;

    const finish = (result: HttpResult) => {
      if (state.isOver) return;
      state.isOver = true;
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      resolve(result);
    };
    /** Ends it before its time: the socket is given up. */
    const breakOff = (result: HttpResult) => {
      finish(result);
      sink?.stop();
      controller?.abort(new Error('the exchange is over'));
    };
    const fail = (reason: HttpFailureReason, error: string): HttpFailure => {
      return { ok: false, reason, error: `${url.host}: ${error}`, sent: state.sent, ...head };
    };
    /** Where only the status counts, an answer whose body stays away is still an answer. */
    const failOrExcerpt = (failure: HttpFailure): HttpResult => {
      return head && sink && outgoing.answer === 'excerpt' ? httpAnswer(head, sink.stop(), true) : failure;
    };
    const onAbort = () => breakOff(fail('aborted', 'the request was given up'));
    const timer = setTimeout(() => {
      breakOff(failOrExcerpt(fail('timeout', `no whole answer within ${outgoing.deadlineMs / 1000} s`)));
    }, outgoing.deadlineMs);

    const onBodyEnd = (given: Head) => (end: BodyEnd) => {
      if (end.type === 'whole') return finish(httpAnswer(given, end.bytes, false));
      if (end.type === 'broken') return breakOff(failOrExcerpt(fail('encoding', end.error)));
      if (outgoing.answer === 'excerpt') return breakOff(httpAnswer(given, end.bytes, true));
      breakOff(fail('too_large', `the answer is longer than ${outgoing.maxBytes} bytes`));
    };

    if (signal?.aborted) return finish(fail('aborted', 'the request was given up'));
    signal?.addEventListener('abort', onAbort, { once: true });
    const options = { origin: url.origin, path: `${url.pathname}${url.search}`, method, headers, body };
    dispatcher.dispatch(options as Dispatcher.DispatchOptions, {
      onRequestStart: (given) => {
        controller = given;
        if (state.isOver) return given.abort(new Error('the exchange is over'));
        state.sent = true;
      },
      onResponseStart: (given, status, received) => {
        if (status < 200) return;
        head = { status, headers: joined(received) };
        const refusal = refuseHead(head, outgoing);
        if (refusal) return breakOff(fail(refusal.reason, refusal.error));
        const encoding = method === 'HEAD' || !isKnownEncoding(encodingOf(head)) ? '' : encodingOf(head);
        const { maxBytes } = outgoing;
        const flow = { pause: () => given.pause(), resume: () => given.resume() };
        sink = createBodySink(encoding, { maxBytes, onEnd: onBodyEnd(head), ...flow });
      },
      onResponseData: (_, chunk) => sink?.write(chunk),
      onResponseEnd: () => sink?.end(),
      onResponseError: (_, error) => finish(failOrExcerpt(fail(...explain(error)))),
    });
  });
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
