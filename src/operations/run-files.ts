import { FILE_URL_LIFE_MS, fileUrl } from '../domain/file-url.ts';
import type { StoredFile } from '../domain/ports/files.ts';
import type { RunId } from '../domain/run.ts';
import type { OperationsPorts } from './ports.ts';
import type { FileView } from './views.ts';

type Ports = Pick<OperationsPorts, 'database' | 'clock' | 'instanceSecret' | 'publicUrl'>;

/** The files that a run made, each with a link that opens it for a day. */
export async function runFiles(ports: Ports, run: RunId): Promise<readonly FileView[]> {
  const now = ports.clock.now();
  const files = await ports.database.listRunFiles(run, now);
  return files.map((file) => fileView(ports, file, now));
}

function fileView(ports: Ports, { id, filename, sizeBytes, kind, expiresAt }: StoredFile, now: number): FileView {
  const place = { publicUrl: ports.publicUrl(), instanceSecret: ports.instanceSecret };
  const expires = Math.min(now + FILE_URL_LIFE_MS, expiresAt);
  return { file_url: fileUrl(place, id, expires), filename, size_bytes: sizeBytes, kind };
}
