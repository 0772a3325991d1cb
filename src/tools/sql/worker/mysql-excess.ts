/** Privileges of a mere reader; everything else could change, lock or reach something. */
const READING = ['USAGE', 'SELECT', 'SHOW VIEW', 'SHOW DATABASES', 'PROCESS', 'REPLICATION CLIENT', 'BINLOG MONITOR'];

const ME = `CONCAT("'", SUBSTRING_INDEX(CURRENT_USER(), '@', 1), "'@'", SUBSTRING_INDEX(CURRENT_USER(), '@', -1), "'")`;
const TABLES = ['user_privileges', 'schema_privileges', 'table_privileges', 'column_privileges'];

/** What the user could do besides reading tables, as a sentence; undefined when it is a mere reader. */
export async function mysqlExcess(
  ask: (sql: string) => Promise<readonly (readonly unknown[])[]>,
): Promise<string | undefined> {
  const parts = TABLES.map((table) => `SELECT privilege_type FROM information_schema.${table} WHERE grantee = ${ME}`);
  const rows = await ask(parts.join(' UNION '));
  const excess = rows.map(([privilege]) => String(privilege)).find((name) => !READING.includes(name.toUpperCase()));
  if (!excess) return undefined;
  return `the user of this connection has the privilege ${excess}, which goes beyond reading; sql_query wants a user that may only SELECT: CREATE USER reader IDENTIFIED BY '…'; GRANT SELECT ON shop.* TO reader`;
}
