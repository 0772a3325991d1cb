/** Most bytes (UTF-8) of a result in a payload, the mark of the cut included. */
export const MAX_RESULT_BYTES = 16_384;

/** Escape sequences of terminals; then control characters but tab and line feed, and those that turn or hide text. */
const ESCAPE_SEQUENCES = [
  String.raw`\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)?`,
  String.raw`(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]`,
];
const TERMINAL = new RegExp(ESCAPE_SEQUENCES.join('|'), 'g');
const CONTROLS = /[^\P{Cc}\t\n]|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]|[\u{e0000}-\u{e007f}]/gu;

const IMAGE = /!\[([^\]\n]{0,1000})\]\(\s*<?([^)\s>]{0,4000})>?[^)\n]{0,1000}\)/g;
const IMAGE_BY_NAME = /!\[([^\]\n]{0,1000})\](?=\s?\[)/g;
/** The marks of images in whatever form is left: without them what stands there is at most a link. */
const IMAGE_MARK = /!(?=\[[\s\S]{0,4000}?\][[(:])/g;
const ANY_IMAGE_MARK = /!(?=\[)/g;
const DEFINITION = /^[ \t>*+-]{0,20}\[[^\]\n]{1,1000}\]:/m;
const FETCHING_TAG =
  /<\/?(?:img|image|svg|picture|source|video|audio|track|iframe|frame|object|embed|applet|link|meta|base|style|script|input|body|table|td)\b[^>]{0,8000}>?/gi;
/** What rings everybody's bell in Mattermost, Discord and the like, and in Google Chat. */
const RINGING = /(?<![\w.@])@(?=(?:channel|here|all|everyone|room|team)(?![\w.-]))/gi;
const RINGING_TAG = /<(users\/[^>\n]{1,100})>/gi;
const LINK = /\b(https?):\/\/([^\s<>"'`|\\)\]]{1,4000})/gi;

/** Text as people may get it: no control characters, no image that a reader's program would fetch by itself. */
export function plainText(text: string): string {
  const plain = withoutControls(text);
  return plain
    .replace(IMAGE, (_, alt: string, url: string) => [alt, defangLinks(url)].filter(Boolean).join(' '))
    .replace(IMAGE_BY_NAME, '[$1]')
    .replace(DEFINITION.test(plain) ? ANY_IMAGE_MARK : IMAGE_MARK, '')
    .replace(FETCHING_TAG, '(image)')
    .replace(RINGING, '\uff20')
    .replace(RINGING_TAG, '($1)');
}

/** Well-formed text without control characters (tab and line feed stay) and without terminal escape sequences. */
export function withoutControls(text: string): string {
  return wellFormed(text).replaceAll('\r\n', '\n').replace(TERMINAL, '').replace(CONTROLS, '');
}

/** Each web address as `hxxps://host/path` without its query: to be read, not to be followed. */
export function defangLinks(text: string): string {
  return text.replace(LINK, (_, scheme: string, rest: string) => {
    return `hxx${scheme.slice(3).toLowerCase()}://${rest.replace(/[?#].*$/s, '')}`;
  });
}

/** A text of at most `maxBytes`: its head and tail, with a mark between that says how much is left out. */
export function headAndTail(text: string, maxBytes: number): { readonly text: string; readonly truncated: boolean } {
  const bytes = Buffer.from(text);
  if (bytes.length <= maxBytes) return { text: wellFormed(text), truncated: false };
  const widest = Buffer.byteLength(cutMark(bytes.length));
  const half = Math.max(0, Math.floor((maxBytes - widest) / 2));
  const headEnd = boundaryAtOrBefore(bytes, half);
  const tailStart = boundaryAtOrAfter(bytes, bytes.length - half);
  const head = bytes.toString('utf8', 0, headEnd);
  const tail = bytes.toString('utf8', tailStart);
  return { text: `${head}${cutMark(tailStart - headEnd)}${tail}`, truncated: true };
}

/** Lone surrogates become U+FFFD: what is stored and sent is always valid UTF-8. */
export function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\ufffd');
}

function cutMark(bytes: number): string {
  return `\n[… ${bytes} bytes left out …]\n`;
}

function boundaryAtOrBefore(bytes: Buffer, at: number): number {
  let end = at;
  while (end > 0 && isContinuation(bytes[end])) end -= 1;
  return end;
}

function boundaryAtOrAfter(bytes: Buffer, at: number): number {
  let start = at;
  while (start < bytes.length && isContinuation(bytes[start])) start += 1;
  return start;
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}
