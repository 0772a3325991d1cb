import { createHash } from 'node:crypto';
import type { ChainTool, CustomTool, HandlerTool, HttpTool } from '../../../src/domain/custom-tool.ts';
import { tempDir, writeFiles } from '../../support/temp-dir.ts';

const schema = (names: readonly string[]) => ({
  type: 'object',
  properties: Object.fromEntries(names.map((name) => [name, {}])),
  additionalProperties: false,
});

export function httpTool(change: Partial<HttpTool>): HttpTool {
  return {
    type: 'http',
    name: 'order_status',
    description: 'Looks an order up.',
    file: 'tools/order_status/tool.json',
    inputSchema: schema(['id', 'note', 'amount', 'q']),
    connection: 'acme',
    method: 'GET',
    endpoint: '/orders/{id}',
    ...change,
  };
}

export function chainTool(change: Partial<ChainTool>): ChainTool {
  return {
    type: 'chain',
    name: 'refund',
    description: 'Refunds an order.',
    file: 'tools/refund/tool.json',
    inputSchema: schema(['id']),
    steps: [],
    ...change,
  };
}

/** A handler whose program is written into a folder of its own. */
export function handlerTool(program: string, change: Partial<HandlerTool> = {}) {
  const dir = tempDir();
  const name = change.name ?? 'compute';
  writeFiles(dir, { [`tools/${name}/handler.mjs`]: program });
  const tool: HandlerTool = {
    type: 'handler',
    name,
    description: 'Computes.',
    file: `tools/${name}/tool.json`,
    inputSchema: schema(['a', 'b']),
    effect: 'read',
    handler: `tools/${name}/handler.mjs`,
    handlerHash: createHash('sha256').update(program).digest('hex'),
    env: {},
    ...change,
  };
  return { dir, tool };
}

export function toolsOf(...tools: readonly CustomTool[]): ReadonlyMap<string, CustomTool> {
  return new Map(tools.map((tool) => [tool.name, tool]));
}
