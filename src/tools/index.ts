import type { Bundle } from '../domain/bundle.ts';
import type { Tool } from '../domain/ports/tool.ts';
import type { HttpClient } from '../net/index.ts';
import { chartTool } from './chart/index.ts';
import { dispatchTool } from './dispatch.ts';
import { fileReadTool } from './file-read.ts';
import { knowledgeReadTool } from './knowledge-read.ts';
import { knowledgeSearchTool } from './knowledge-search.ts';
import { pdfTool } from './pdf/index.ts';
import { requestTool } from './request/request.ts';
import { skillReadTool } from './skill-read.ts';
import { sqlQueryTool } from './sql/index.ts';
import { storeDeleteTool } from './store/store-delete.ts';
import { storeGetTool } from './store/store-get.ts';
import { storeListTool } from './store/store-list.ts';
import { storePutTool } from './store/store-put.ts';

export { type McpPorts, openMcpTools } from './mcp/index.ts';

/** Every tool that a bundle gives its sessions; made once a bundle, so that their schemas are compiled once. */
export function createTools({
  http,
}: {
  readonly http: Pick<HttpClient, 'send'>;
}): (bundle: Bundle) => readonly Tool[] {
  const made = new WeakMap<Bundle, readonly Tool[]>();
  return (bundle) => {
    const tools = made.get(bundle) ?? toolsOf(bundle, http);
    made.set(bundle, tools);
    return tools;
  };
}

function toolsOf(bundle: Bundle, http: Pick<HttpClient, 'send'>): readonly Tool[] {
  const stores = [...bundle.stores.values()].flatMap((store) => [
    storeGetTool(store),
    storeListTool(store),
    storePutTool(store),
    storeDeleteTool(store),
  ]);
  return [
    requestTool(http),
    sqlQueryTool(),
    chartTool(),
    pdfTool(),
    ...stores,
    knowledgeSearchTool(bundle),
    knowledgeReadTool(bundle),
    skillReadTool(bundle),
    fileReadTool(),
    dispatchTool(),
  ];
}
