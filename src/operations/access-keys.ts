import { type AccessKey, accessKeyStatus, hashAccessKey } from '../domain/access-key.ts';
import { AmodalError } from '../domain/error.ts';
import { requireKnown } from './find-automation.ts';
import { isoTime, isoTimeOrNull } from './iso-time.ts';
import type { Operations } from './operations.ts';
import type { OperationsPorts } from './ports.ts';
import type { KeyView } from './views.ts';

const NAME = /^[\w.@-]{1,64}$/;
const LONGEST_LIFE_SECONDS = 10 * 365 * 86_400;

/** Makes a key; this answer is the only place where it ever stands. */
export function createKey(ports: OperationsPorts): Operations['createKey'] {
  return async ({ name, automation, expiresSeconds, by }) => {
    if (!NAME.test(name)) {
      throw new AmodalError('bad_request', 'The name of a key must be 1 to 64 letters, digits or any of . _ @ -');
    }
    if (automation !== undefined) requireKnown(ports.bundles.active(), automation);
    const now = ports.clock.now();
    const expiresAt = expiresSeconds === undefined ? undefined : now + lifeOf(expiresSeconds) * 1000;
    const key = ports.newAccessKey();
    const made: AccessKey = { id: ports.newId('key'), name, automation, createdBy: by, createdAt: now, expiresAt };
    await ports.database.addAccessKey(made, hashAccessKey(key));
    return { ...keyView(made, now), key };
  };
}

/** Every key that was ever made, newest first. */
export function listKeys({ database, clock }: OperationsPorts): Operations['listKeys'] {
  return async () => (await database.listAccessKeys()).map((key) => keyView(key, clock.now()));
}

/** Closes a key for good, by its name or id. */
export function revokeKey({ database, clock }: OperationsPorts): Operations['revokeKey'] {
  return async (name, by) => {
    const now = clock.now();
    const revoked = await database.revokeAccessKey(name, by, now);
    if (revoked) return keyView(revoked, now);
    throw new AmodalError('not_found', `No key is named "${name}": \`amodal ops keys list\` lists them.`);
  };
}

function lifeOf(seconds: number): number {
  if (Number.isFinite(seconds) && seconds >= 1 && seconds <= LONGEST_LIFE_SECONDS) return Math.floor(seconds);
  throw new AmodalError('bad_request', `A key lives from 1 to ${LONGEST_LIFE_SECONDS} seconds (ten years).`);
}

function keyView(key: AccessKey, now: number): KeyView {
  return {
    id: key.id,
    name: key.name,
    automation: key.automation ?? null,
    status: accessKeyStatus(key, now),
    createdBy: key.createdBy,
    createdAt: isoTime(key.createdAt),
    expiresAt: isoTimeOrNull(key.expiresAt),
    revokedAt: isoTimeOrNull(key.revokedAt),
    usedAt: isoTimeOrNull(key.usedAt),
  };
}
