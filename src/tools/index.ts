import type { Bundle } from '../domain/bundle.ts';
import type { Templates } from '../domain/ports/templates.ts';
import type { Tool } from '../domain/ports/tool.ts';
import type { HttpClient } from '../net/index.ts';
import { chartTool } from './chart/index.ts';
import { customTool } from './custom/index.ts';
import { dispatchTool } from './dispatch.ts';
import { apiDriftTool } from './drift/index.ts';
import { exportTool } from './export/index.ts';
import { fileReadTool } from './file-read.ts';
import { knowledgeReadTool } from './knowledge-read.ts';
import { knowledgeSearchTool } from './knowledge-search.ts';
import { memoryTools } from './memory/index.ts';
import { emailSendTool, slackPostTool } from './message/index.ts';
import { pdfTool } from './pdf/index.ts';
import { requestTool } from './request/request.ts';
import { skillReadTool } from './skill-read.ts';
import { sqlQueryTool } from './sql/index.ts';
import { storeDeleteTool } from './store/store-delete.ts';
import { storeGetTool } from './store/store-get.ts';
import { storeListTool } from './store/store-list.ts';
import { storePutTool } from './store/store-put.ts';

export { type McpPorts, openMcpTools } from './mcp/index.ts';

export interface ToolPorts {
  readonly http: Pick<HttpClient, 'send'>;
  /** For the texts of a bundle's own tools; without it only those work that hold no more than one path. */
  readonly templates?: Templates;
}

/** Every tool that a bundle gives its sessions; made once a bundle, so that their schemas are compiled once. */
export function createTools(ports: ToolPorts): (bundle: Bundle) => readonly Tool[] {
  const made = new WeakMap<Bundle, readonly Tool[]>();
  return (bundle) => {
    const tools = made.get(bundle) ?? toolsOf(bundle, ports);
    made.set(bundle, tools);
    return tools;
  };
}

function toolsOf(bundle: Bundle, ports: ToolPorts): readonly Tool[] {
  const stores = [...bundle.stores.values()].flatMap((store) => [
    storeGetTool(store),
    storeListTool(store),
    storePutTool(store),
    storeDeleteTool(store),
  ]);
  const request = requestTool(ports.http);
  const custom = [...bundle.customTools.values()].map((tool) => customTool(tool, { ...ports, request }));
  return [...builtInTools(bundle, ports), ...stores, ...custom];
}

function builtInTools(bundle: Pick<Bundle, 'knowledge' | 'skills'>, { http }: ToolPorts): readonly Tool[] {
  return [
    requestTool(http),
    apiDriftTool(http),
    sqlQueryTool(),
    chartTool(),
    pdfTool(),
    exportTool(http),
    slackPostTool(http),
    emailSendTool(),
    knowledgeSearchTool(bundle),
    knowledgeReadTool(bundle),
    skillReadTool(bundle),
    fileReadTool(),
    ...memoryTools(),
    dispatchTool(),
  ];
}
