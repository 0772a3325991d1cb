export { DEFAULT_SQL_MAX_ROWS, DEFAULT_SQL_TIMEOUT_SECONDS, sqlQueryTool } from './sql-query.ts';
