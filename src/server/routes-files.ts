import { type Context, Hono } from 'hono';
import type { Clock } from '../domain/ports/clock.ts';
import type { StoredFile } from '../domain/ports/files.ts';
import type { Callers } from '../operations/callers.ts';
import { type CallerEnv, identify } from './caller.ts';
import { problem } from './problem.ts';
import { readUploads } from './read-uploads.ts';

export interface FilePorts {
  readonly callers: Callers;
  readonly clock: Clock;
}

/** `/api/files…`: files in by multipart form, files out by token, key, or signed link. */
export function fileRoutes({ callers, clock }: FilePorts, token: string | undefined): Hono<CallerEnv> {
  const routes = new Hono<CallerEnv>();
  routes.get('/:id', async (c, next) => {
    const { expires, signature } = c.req.query();
    if (expires === undefined || signature === undefined) return next();
    return download(c, await callers.openFile({ link: { expires, signature } }, c.req.param('id')));
  });
  routes.use(identify(token, callers));
  routes.get('/:id', async (c) =>
    download(c, await callers.openFile({ principal: c.get('principal') }, c.req.param('id'))),
  );
  routes.post('/', async (c) => {
    const principal = c.get('principal');
    const uploads = await readUploads(c, { clock, save: (upload) => callers.saveUpload(principal, upload) });
    if (!uploads.ok) return problem(uploads.status, uploads.code, uploads.detail, { connection: 'close' });
    return c.json({ ...uploads.files[0], files: uploads.files }, 201);
  });
  return routes;
}

/** Always as a download: nothing in a file may run in the reader's browser. */
function download(c: Context, { file, bytes }: { readonly file: StoredFile; readonly bytes: Buffer }): Response {
  const ascii = file.filename.replace(/[^\x20-\x7e]|["\\]/g, '_');
  return c.body(new Uint8Array(bytes), 200, {
    'content-type': file.mediaType,
    'content-disposition': `attachment; filename="${ascii}"; filename*=UTF-8''${encodeURIComponent(file.filename)}`,
    'content-security-policy': "default-src 'none'; sandbox",
    'cache-control': 'private, no-store',
  });
}
