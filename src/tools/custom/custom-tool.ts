import type { CustomTool } from '../../domain/custom-tool.ts';
import type { Tool } from '../../domain/ports/tool.ts';
import { chainTool } from './chain-tool.ts';
import { handlerTool } from './handler-tool.ts';
import { type HttpToolPorts, httpTool } from './http-tool.ts';

/** The tool that a folder of `tools/` describes. */
export function customTool(tool: CustomTool, ports: HttpToolPorts): Tool {
  switch (tool.type) {
    case 'http':
      return httpTool(tool, ports);
    case 'chain':
      return chainTool(tool, ports.templates);
    case 'handler':
      return handlerTool(tool);
  }
}
