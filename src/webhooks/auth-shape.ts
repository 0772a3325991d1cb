export type HmacType = 'hmac-sha256' | 'hmac-sha1' | 'hmac-sha512';
export type PublicKeyType = 'ed25519' | 'ecdsa-p256-sha256';
export type GeneralType = HmacType | PublicKeyType | 'token' | 'bearer' | 'basic' | 'none';

/** The fields of `webhookAuth` besides its secrets, as a file or a preset gives them. */
export interface AuthFields {
  readonly type: GeneralType;
  readonly header?: string;
  readonly encoding?: 'hex' | 'base64';
  /** Exact text before the signature; unset = one optional `<algorithm>=` is stripped. */
  readonly prefix?: string;
  /** The header is a list: items that begin with the prefix are candidates. */
  readonly splitOn?: ',' | ' ';
  /** `{body}` exactly once, with `{timestamp}`, `{header:NAME}`, `{method}`, `{url}`. */
  readonly signedPayload?: string;
  /** `header:NAME`, `item:PREFIX` (inside of the signature header) or `body:PATH`. */
  readonly timestamp?: string;
  readonly timestampUnit?: 's' | 'ms';
  readonly toleranceSeconds?: number;
  readonly secretEncoding?: 'utf8' | 'base64';
  readonly secretPrefix?: string;
  readonly keyFormat?: 'raw-hex' | 'spki-base64' | 'pem';
  readonly username?: string;
  readonly verifyToken?: string;
}

/** Where the time of a request stands. */
export type TimestampSource =
  | { readonly from: 'header'; readonly name: string }
  | { readonly from: 'item'; readonly prefix: string }
  | { readonly from: 'body'; readonly path: string };

/** A part of the signed payload's template. */
export type TemplatePart =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'body' | 'timestamp' | 'method' | 'url' }
  /** `isDotted`: a dot stands beside it, so that its value must not hold one. */
  | { readonly type: 'header'; readonly name: string; readonly isDotted: boolean };

/** How a signature over the raw bytes is read and checked. */
export interface SignatureShape {
  readonly scheme: 'hmac' | 'public-key';
  readonly type: HmacType | PublicKeyType;
  readonly header: string;
  readonly encoding: 'hex' | 'base64';
  readonly prefix?: string;
  readonly splitOn?: ',' | ' ';
  readonly template: readonly TemplatePart[];
  readonly timestamp?: TimestampSource;
  readonly timestampUnit: 's' | 'ms';
  readonly toleranceSeconds?: number;
  readonly secretEncoding: 'utf8' | 'base64';
  readonly secretPrefix?: string;
  readonly keyFormat: 'raw-hex' | 'spki-base64' | 'pem';
}

export interface TokenShape {
  readonly scheme: 'token';
  readonly header: string;
  readonly prefix: string;
}

export interface BasicShape {
  readonly scheme: 'basic';
  readonly header: 'authorization';
  readonly prefix: 'Basic ';
  /** `env:NAME` or the name itself. */
  readonly username: string;
}

/** A complete, checked `webhookAuth`; header names are lower-case. */
export type AuthShape = SignatureShape | TokenShape | BasicShape | { readonly scheme: 'none' };
