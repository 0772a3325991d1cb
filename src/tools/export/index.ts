export { exportTool } from './export.ts';
