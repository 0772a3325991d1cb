import type pg from 'pg';

/** Roles of the server that reach its files, programs, or every table. */
const POWERS = [
  'pg_read_server_files',
  'pg_write_server_files',
  'pg_execute_server_program',
  'pg_write_all_data',
  'pg_signal_backend',
  'pg_maintain',
  'pg_checkpoint',
  'pg_create_subscription',
];

/** Extensions whose functions reach other servers. */
const REACHING = ['dblink', 'http', 'pg_net', 'pg_background'];

const POWERFUL = `
  SELECT rolname FROM pg_catalog.pg_roles
  WHERE pg_catalog.pg_has_role(oid, 'MEMBER')
    AND (rolsuper OR rolcreaterole OR rolreplication OR rolbypassrls OR rolname = ANY ($1))
  ORDER BY rolname LIMIT 1`;

const WRITABLE = `
  SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS name
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_roles r ON pg_catalog.pg_has_role(r.oid, 'MEMBER')
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
    AND (c.relowner = r.oid
      OR pg_catalog.has_table_privilege(r.oid, c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
      OR pg_catalog.has_any_column_privilege(r.oid, c.oid, 'INSERT, UPDATE'))
  ORDER BY 1 LIMIT 1`;

const REACHABLE = `
  SELECT e.extname AS name
  FROM pg_catalog.pg_extension e
  JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND d.refobjid = e.oid
    AND d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass
  WHERE e.extname = ANY ($1) AND pg_catalog.has_function_privilege(d.objid, 'EXECUTE')
  ORDER BY 1 LIMIT 1`;

const WAY_OUT =
  "sql_query wants a role that owns nothing and may only SELECT: CREATE ROLE reader LOGIN PASSWORD '…'; GRANT USAGE ON SCHEMA public TO reader; GRANT SELECT ON the tables TO reader";

/** What the role could do besides reading tables, as a sentence; undefined when it is a mere reader. */
export async function postgresExcess(client: pg.Client): Promise<string | undefined> {
  const powerful = await first(client, POWERFUL, [POWERS]);
  if (powerful) return `the role of this connection has the rights of ${powerful}, which go beyond reading; ${WAY_OUT}`;
  const writable = await first(client, WRITABLE, []);
  if (writable) return `the role of this connection owns or may change ${writable}; ${WAY_OUT}`;
  const reachable = await first(client, REACHABLE, [REACHING]);
  if (reachable) {
    return `the role of this connection may call the extension ${reachable}, which reaches other servers: REVOKE EXECUTE on its functions`;
  }
  return undefined;
}

async function first(client: pg.Client, text: string, values: readonly unknown[]): Promise<string | undefined> {
  const { rows } = await client.query<[string]>({ text, values: [...values], rowMode: 'array' });
  return rows[0]?.[0];
}
