import { ACCESS_KEY_PREFIX, type AccessKey, accessKeyStatus, hashAccessKey } from '../domain/access-key.ts';
import type { StoredFile } from '../domain/ports/files.ts';
import type { RunId } from '../domain/run.ts';
import { callAutomation } from './call-automation.ts';
import type { CallAnswer, CallRequest } from './call-request.ts';
import type { CallerPorts } from './ports.ts';
import type { Principal } from './principal.ts';
import { requireReadableRun, type SessionMessages, sessionMessages } from './session-messages.ts';
import { type FileLink, openFile, saveUpload, type Upload, type UploadResult } from './uploads.ts';

/** What a caller with an access key can do. Refusals throw `AmodalError`. */
export interface Callers {
  /** The key; undefined when it is malformed, unknown, expired or revoked. */
  findKey(token: string): Promise<AccessKey | undefined>;
  /** Runs an automation and answers as its mode says. */
  call(request: CallRequest): Promise<CallAnswer>;
  /** Throws `not_found` for a run that this caller may not read, as for one that does not exist. */
  requireRun(principal: Principal, run: RunId): Promise<void>;
  messagesOf(principal: Principal, session: string, limit: number): Promise<SessionMessages>;
  saveUpload(principal: Principal, upload: Upload): Promise<UploadResult>;
  /** A file and its bytes, for whoever may read it, or by a link that is signed and not over. */
  openFile(
    access: { readonly principal: Principal } | { readonly link: FileLink },
    id: string,
  ): Promise<{ readonly file: StoredFile; readonly bytes: Buffer }>;
}

const KEY = new RegExp(`^${ACCESS_KEY_PREFIX}[A-Za-z0-9_-]{20,200}$`);

/** How exact "last used" is. */
const USED_EVERY_MS = 60_000;

export function createCallers(ports: CallerPorts): Callers {
  return {
    findKey: (token) => findKey(ports, token),
    call: (request) => callAutomation(ports, request),
    requireRun: (principal, run) => requireReadableRun(ports, principal, run),
    messagesOf: (principal, session, limit) => sessionMessages(ports, principal, { session, limit }),
    saveUpload: (principal, upload) => saveUpload(ports, principal, upload),
    openFile: (access, id) => openFile(ports, access, id),
  };
}

async function findKey({ database, clock }: CallerPorts, token: string): Promise<AccessKey | undefined> {
  if (!KEY.test(token)) return undefined;
  const key = await database.findAccessKey(hashAccessKey(token));
  const now = clock.now();
  if (!key || accessKeyStatus(key, now) !== 'active') return undefined;
  if (now - (key.usedAt ?? 0) >= USED_EVERY_MS) await database.markAccessKeyUsed(key.id, now);
  return key;
}
