/**
 * Names of the tools that every bundle has, as `createTools` makes them: a list of its own, because commands that only
 * look at files check names against it and need none of the tools.
 */
export const BUILT_IN_TOOL_NAMES: readonly string[] = [
  'request',
  'api_drift',
  'sql_query',
  'chart',
  'pdf',
  'export',
  'slack_post',
  'email_send',
  'knowledge_search',
  'knowledge_read',
  'skill_read',
  'file_read',
  'memory_list',
  'memory_read',
  'memory_write',
  'memory_delete',
  'dispatch',
];
