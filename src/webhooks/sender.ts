import type { WebhookAuth } from '../domain/automation.ts';
import type { Secrets } from '../domain/ports/secrets.ts';
import type { Handshake, WebhookRequest } from '../domain/ports/webhook-preset.ts';
import type { AuthFields } from './auth-shape.ts';
import type { SigningRules } from './verify-signature.ts';

/** `body:<path>`, `header:<name>`, `sha256(body)`, or a function of the body as data. */
export type Source = string | ((value: unknown) => string | undefined);

/** An example of what a sender sends, before it is signed. */
export interface SampleBody {
  readonly contentType: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text that is sent as it is. */
  readonly body: string;
}

/** What a handshake is answered from; `isSignedBy` says whether one secret alone verifies the request. */
export interface HandshakeContext {
  readonly auth: WebhookAuth;
  readonly secrets: Secrets;
  /** The values of those secrets that sign this request. */
  readonly signingSecrets: () => readonly string[];
}

/** A sender as data: where its signature is, what its events are called, what it wants to hear. */
export interface Sender extends SigningRules {
  readonly name: string;
  /** The sender's own page about how it signs. */
  readonly page?: string;
  readonly auth: AuthFields;
  /** Fields of `webhookAuth` that only this sender knows. */
  readonly extraFields?: readonly string[];
  /** Where an event's identity stands: the first source that is there. */
  readonly dedupe: readonly Source[];
  /** Names of events: the first list whose first source is there, its parts joined by dots. */
  readonly eventType: readonly (readonly Source[])[];
  /** The names that are known; see `WebhookPreset.events`. */
  readonly events?: readonly string[];
  /** Where each event of a delivery with several stands: the list, and within an element its id, name and key. */
  readonly elements?: {
    readonly list: string;
    readonly id?: string;
    readonly eventType?: string;
    /** Paths whose values together make it the same event; unset = the id does. */
    readonly key?: readonly string[];
  };
  /** What an event is called for people, e.g. `Project created: Website`. */
  readonly title?: (value: unknown) => string | undefined;
  readonly acceptedStatus?: number;
  readonly answersGet?: true;
  readonly handshake?: (request: WebhookRequest, value: unknown, context: HandshakeContext) => Handshake | undefined;
  /** Sentences about the values of the secrets that the general checks do not know. */
  readonly checkSecret?: (value: string) => string | undefined;
  readonly sample: (at: { readonly now: number; readonly id: string }) => SampleBody;
}

/** A JSON example. */
export function jsonSample(body: unknown, headers: Readonly<Record<string, string>> = {}): SampleBody {
  return { contentType: 'application/json', headers, body: JSON.stringify(body) };
}

/** A JSON answer to a handshake. */
export function jsonAnswer(status: number, body: unknown): Handshake {
  return { status, contentType: 'application/json', body: JSON.stringify(body) };
}
