import { randomBytes, randomFillSync } from 'node:crypto';
import { V7Generator } from 'uuidv7';
import type { NewId } from '../domain/ports/ids.ts';

/** Time-ordered ids without dashes: `run_0192f3…` (32 hexadecimal digits). */
export const newId: NewId = (prefix) => `${prefix}_${uuids.generate().toHex()}`;

/** Random numbers are drawn many at a time: each call of the system costs more than the numbers. */
const drawn = new Uint32Array(256);
let next = drawn.length;

const uuids = new V7Generator({
  nextUint32: () => {
    if (next === drawn.length) {
      randomFillSync(drawn);
      next = 0;
    }
    const value = drawn[next] ?? 0;
    drawn[next] = 0;
    next += 1;
    return value;
  },
});

/** 16 hexadecimal digits that no sender can have seen. */
export const newNonce = (): string => randomBytes(8).toString('hex');

/** `ak_` and 256 random bits. */
export const newAccessKey = (): string => `ak_${randomBytes(32).toString('base64url')}`;
