import { createHash } from 'node:crypto';
import type { Automation } from '../domain/automation.ts';
import {
  DEFAULT_REJECTION_BOUNDS,
  MOST_KEPT_BODY,
  type NewRejection,
  type RejectionReason,
} from '../domain/rejection.ts';
import { keptHeaders } from './kept-headers.ts';
import type { IntakePorts } from './ports.ts';

/** More than this are not kept at once: noise must not queue up before the disk. */
const MOST_AT_ONCE = 64;

/** After so many the oldest are looked through. */
const PRUNE_EVERY = 100;

/** A request that is turned away. */
export interface Refused {
  readonly name: string;
  /** Undefined when the file is broken. */
  readonly automation?: Automation;
  readonly reason: RejectionReason;
  readonly httpStatus: number;
  readonly request: {
    readonly headers: Readonly<Record<string, readonly string[]>>;
    readonly query: URLSearchParams;
    readonly peer: string;
  };
  readonly body?: Buffer;
  readonly receivedAt: number;
  readonly isAuthentic: boolean;
  /** What makes it the same event as another; undefined for an authentic one = it is like no other. */
  readonly key?: string;
}

/** Keeps inbound dead letters. */
export interface RejectionKeeper {
  /** True once it is on disk; false when it could not be kept. Never rejects. */
  keep(refused: Refused): Promise<boolean>;
}

type Ports = Pick<IntakePorts, 'database' | 'clock' | 'newId' | 'logger' | 'presets'>;

export function createRejectionKeeper(ports: Ports): RejectionKeeper {
  let underWay = 0;
  let kept = 0;
  return {
    keep: async (refused) => {
      if (underWay >= MOST_AT_ONCE && !refused.isAuthentic) return false;
      underWay += 1;
      try {
        const now = ports.clock.now();
        await ports.database.keepRejection(newRejection(ports, refused), now);
        kept += 1;
        if (kept % PRUNE_EVERY === 0) await ports.database.pruneRejections(DEFAULT_REJECTION_BOUNDS, now);
        return true;
      } catch (error) {
        ports.logger.warn('a refused webhook could not be kept', { automation: refused.name, error: String(error) });
        return false;
      } finally {
        underWay -= 1;
      }
    },
  };
}

function newRejection({ presets, newId }: Ports, refused: Refused): NewRejection {
  const { name, automation, reason, httpStatus, request, body, receivedAt, isAuthentic } = refused;
  const id = newId('rej');
  const preset = presets.find((one) => one.name === automation?.webhookAuth?.type);
  const isMistaken = !isAuthentic && reason !== 'blocked_config';
  const headers = keptHeaders(request.headers, automation && { automation, preset }, { isMistaken });
  const query = new URLSearchParams(request.query);
  query.delete('token');
  const bodySha256 = body && sha256(body);
  const same = isAuthentic ? [refused.key ?? id] : [JSON.stringify(headers), query.toString(), bodySha256 ?? ''];
  return {
    id,
    automation: name,
    reason,
    httpStatus,
    receivedAt,
    peer: request.peer,
    headers,
    query: query.toString(),
    bodyBytes: body?.length ?? declaredBytes(request.headers),
    isAuthentic,
    fingerprint: sha256([name, reason, ...same].join('\u0000')),
    ...(bodySha256 !== undefined && { bodySha256 }),
    ...(body && body.length <= MOST_KEPT_BODY && { body }),
  };
}

/** What the sender said of a body that nobody read. */
function declaredBytes(headers: Refused['request']['headers']): number {
  const declared = Number(headers['content-length']?.[0] ?? 0);
  return Number.isSafeInteger(declared) && declared > 0 ? declared : 0;
}

function sha256(data: Buffer | string): string {
  return createHash('sha256').update(data).digest('hex');
}
