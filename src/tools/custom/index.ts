export { customTool } from './custom-tool.ts';
