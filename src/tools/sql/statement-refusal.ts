import type { SqlTarget } from './sql-job.ts';

export const MAX_STATEMENT_CHARACTERS = 20_000;

const FIRST_WORDS: Readonly<Record<SqlTarget['driver'], readonly string[]>> = {
  sqlite: ['SELECT', 'WITH', 'VALUES', 'EXPLAIN', 'PRAGMA'],
  postgres: ['SELECT', 'WITH', 'VALUES', 'TABLE', 'EXPLAIN', 'SHOW'],
  mysql: ['SELECT', 'WITH', 'VALUES', 'TABLE', 'EXPLAIN', 'SHOW', 'DESCRIBE', 'DESC'],
};

const PRAGMAS = ['table_info', 'table_xinfo', 'table_list', 'index_list', 'index_info', 'foreign_key_list'];
const PLAIN_PRAGMA = /^PRAGMA\s+(?:[\w"]+\.)?(\w+)\s*(?:\(\s*(?:\w+|"[^"]*"|'[^']*')\s*\))?\s*;?\s*$/i;

/** Functions that reach files, programs, other sessions or other servers; rights decide, this names the reason sooner. */
const SERVER_FUNCTIONS: Readonly<Record<SqlTarget['driver'], RegExp>> = {
  sqlite: /\b(load_extension|readfile|writefile|edit|fts3_tokenizer)\s*\(/i,
  postgres:
    /\b(pg_read_(?:binary_)?file|pg_ls_\w+|pg_stat_file|lo_(?:import|export|from_bytea|put|create?|unlink)|dblink\w*|pg_(?:terminate|cancel)_backend|pg_(?:try_)?advisory\w*|pg_sleep\w*|pg_notify|set_config|pg_(?:reload_conf|rotate_logfile|switch_wal)|(?:query|cursor)_to_xml\w*|setval|nextval)\b/i,
  mysql: /\b(load_file|sleep|benchmark|get_lock|sys_exec|sys_eval)\s*\(|\binto\s+(?:outfile|dumpfile)\b/i,
};

/**
 * Why a text is surely no plain read, or undefined. Only the first gate: what holds is the database's own (a read-only
 * handle, a read-only transaction, a role that may only read).
 */
export function statementRefusal(driver: SqlTarget['driver'], sql: string): string | undefined {
  if (sql.length > MAX_STATEMENT_CHARACTERS)
    return `the statement is longer than ${MAX_STATEMENT_CHARACTERS} characters`;
  if (sql.includes('\0')) return 'the statement holds a NUL character';
  const text = withoutLeadingComments(sql, driver);
  const word = /^[a-z]+/i.exec(text)?.[0].toUpperCase() ?? '';
  if (!FIRST_WORDS[driver].includes(word)) {
    return `it must be one reading statement that begins with ${FIRST_WORDS[driver].join(', ')}; it begins with "${(word || text).slice(0, 20)}". Writes through SQL are always refused`;
  }
  const called = SERVER_FUNCTIONS[driver].exec(sql)?.[0].replace(/\s*\($/, '');
  if (called) return `"${called}" is not allowed: it does more than read tables`;
  return driver === 'sqlite' ? sqliteRefusal(text, word) : driver === 'mysql' ? mysqlRefusal(sql) : undefined;
}

/** Parentheses in front go too: `(SELECT …) UNION …` is a read. */
function withoutLeadingComments(sql: string, driver: SqlTarget['driver']): string {
  const blank =
    driver === 'mysql'
      ? /^(?:[\s(]|--[^\n]*(?:\n|$)|#[^\n]*(?:\n|$)|\/\*(?![!M])[\s\S]*?\*\/)+/
      : /^(?:[\s(]|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)+/;
  return sql.replace(blank, '');
}

function sqliteRefusal(text: string, word: string): string | undefined {
  const named = [...text.matchAll(/pragma_(\w+)/gi)].map(([, name = '']) => name.toLowerCase());
  if (word === 'PRAGMA') named.push(PLAIN_PRAGMA.exec(text)?.[1]?.toLowerCase() ?? '');
  if (named.some((name) => !PRAGMAS.includes(name))) return `of pragmas only these are allowed: ${PRAGMAS.join(', ')}`;
  if (word === 'EXPLAIN' && !/^EXPLAIN\s+QUERY\s+PLAN\b/i.test(text)) return 'write EXPLAIN QUERY PLAN';
  return undefined;
}

function mysqlRefusal(sql: string): string | undefined {
  return /\/\*M?!/i.test(sql) ? 'comments that are executed ("/*!") are not allowed' : undefined;
}
