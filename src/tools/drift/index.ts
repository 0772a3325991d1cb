export { apiDriftTool } from './api-drift.ts';
