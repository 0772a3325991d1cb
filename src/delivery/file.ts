import { constants } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import type { Delivery, DeliveryResult } from '../domain/delivery.ts';
import type { DeliveryContext, DeliveryType } from '../domain/ports/delivery-type.ts';
import { confinePath, pathProblem } from './confine-path.ts';
import { deliveryFailure, withoutThrowing } from './delivery-failure.ts';
import { sentPayload } from './sent-payload.ts';
import { missingTexts, requiredText } from './target-options.ts';

const MODES: readonly unknown[] = [undefined, 'append', 'replace'];

/**
 * Appends the payload as one JSON line (`mode: "append"`, the default), or replaces the file by the text
 * (`"replace"`). The path is relative to the bundle's folder and cannot leave it.
 */
export function fileDelivery(): DeliveryType {
  return {
    type: 'file',
    check: (options, secrets) => {
      const missing = missingTexts(options, ['path']);
      if (missing.length > 0) return missing;
      const problem = pathProblem(secrets.resolve(String(options.path)));
      const mode = MODES.includes(options.mode) ? [] : ['"mode" must be "append" or "replace"'];
      return [...(problem ? [`"path" ${problem}`] : []), ...mode];
    },
    send: (delivery, context) => withoutThrowing(context, () => write(delivery, context)),
  };
}

async function write(delivery: Delivery, { dir, secrets }: DeliveryContext): Promise<DeliveryResult> {
  const { id, payload, target } = delivery;
  const confined = await confinePath(dir, requiredText(target.options, 'path', secrets));
  if (!confined.ok) return deliveryFailure(confined.error, 'final');
  if (target.options.mode === 'replace') await replaceFile(confined.file, `${payload.text}\n`, id);
  else await appendLine(confined.file, JSON.stringify({ ...sentPayload(payload), delivery: id }));
  return { ok: true };
}

/** One write of the whole line; a line that a crash left unfinished is ended first. */
async function appendLine(file: string, line: string): Promise<void> {
  const flags = constants.O_APPEND | constants.O_CREAT | constants.O_RDWR | constants.O_NOFOLLOW;
  const handle = await open(file, flags, 0o600);
  try {
    const { size } = await handle.stat();
    const last = size === 0 ? undefined : await handle.read(Buffer.alloc(1), 0, 1, size - 1);
    const start = last && last.buffer[0] !== 0x0a ? '\n' : '';
    await handle.write(`${start}${line}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Readers see the old text or the new one, never a part. */
async function replaceFile(file: string, text: string, id: string): Promise<void> {
  const draft = `${file}.${id}.tmp`;
  const handle = await open(draft, 'w', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(draft, file).catch(async (error: unknown) => {
    await rm(draft, { force: true });
    throw error;
  });
}
