export { chartTool } from './chart.ts';
