export { type McpPorts, openMcpTools } from './open-mcp-tools.ts';
