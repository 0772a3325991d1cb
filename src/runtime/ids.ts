import { randomBytes } from 'node:crypto';
import { uuidv7 } from 'uuidv7';
import type { NewId } from '../domain/ports/ids.ts';

/** Time-ordered ids without dashes: `run_0192f3…` (32 hexadecimal digits). */
export const newId: NewId = (prefix) => `${prefix}_${uuidv7().replaceAll('-', '')}`;

/** 16 hexadecimal digits that no sender can have seen. */
export const newNonce = (): string => randomBytes(8).toString('hex');

/** `ak_` and 256 random bits. */
export const newAccessKey = (): string => `ak_${randomBytes(32).toString('base64url')}`;
