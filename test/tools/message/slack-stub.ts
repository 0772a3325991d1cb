import { type StubAnswer, type StubRequest, type StubServer, stubServer } from '../../support/stub-server.ts';

export interface SlackStub {
  readonly server: StubServer;
  /** Messages as Slack would show them, in order. */
  readonly messages: Record<string, unknown>[];
  /** Bytes that arrived, by file id. */
  readonly uploads: Map<string, string>;
}

/** A server that answers the methods of Slack's Web API that post; `other` answers a method in another way. */
export async function slackStub(
  other: (method: string) => StubAnswer | undefined = () => undefined,
): Promise<SlackStub> {
  const messages: Record<string, unknown>[] = [];
  const uploads = new Map<string, string>();
  const say = (fields: object): StubAnswer => ({ body: JSON.stringify({ ok: true, ...fields }) });
  const server = await stubServer((request: StubRequest) => {
    const method = request.url.replace(/^\/(api|upload)\//, '');
    const given = other(method);
    if (given) return given;
    if (request.url.startsWith('/upload/')) {
      uploads.set(method, request.body);
      return { body: 'OK' };
    }
    const body = JSON.parse(request.body);
    switch (method) {
      case 'chat.postMessage':
        messages.push(body);
        return say({ channel: 'C0GENERAL', ts: '1700000000.000100' });
      case 'files.getUploadURLExternal': {
        const id = `F${uploads.size}`;
        return say({ upload_url: `${server.url}/upload/${id}`, file_id: id });
      }
      case 'files.completeUploadExternal':
        messages.push(body);
        return say({ files: body.files });
      default:
        return { body: '{"ok":false,"error":"unknown_method"}' };
    }
  });
  return { server, messages, uploads };
}
