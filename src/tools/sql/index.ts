export { sqlQueryTool } from './sql-query.ts';
