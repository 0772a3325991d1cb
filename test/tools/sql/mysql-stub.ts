import type { AddressInfo, Server } from 'node:net';
import mysql from 'mysql2';
import { afterEach } from 'vitest';

export interface MysqlStub {
  readonly url: string;
  /** Every statement that arrived, in order; prepared ones are marked. */
  readonly statements: string[];
  /** Capabilities that the client asked for. */
  readonly flags: number[];
}

/** The part of the driver's server side that its types leave out. */
interface ServerSide {
  readonly clientHelloReply: { readonly clientFlags: number };
  serverHandshake(options: Readonly<Record<string, unknown>>): void;
  writeOk(): void;
  /** Each command counts its packets from 0. */
  _resetSequenceId(): void;
  writeError(error: { readonly code: number; readonly message: string }): void;
  writeTextResult(rows: readonly object[], columns: readonly object[]): void;
  on(event: string, listener: (text: string) => void): void;
}

const open: Server[] = [];

afterEach(() => {
  for (const server of open.splice(0)) server.close();
});

/** A server that speaks the protocol of MySQL, grants what it is told, and fails each prepared statement. */
export async function mysqlStub(privileges: readonly string[]): Promise<MysqlStub> {
  const statements: string[] = [];
  const flags: number[] = [];
  const server = mysql.createServer((connection) => {
    const side = connection as unknown as ServerSide;
    side.serverHandshake({
      protocolVersion: 10,
      serverVersion: '8.4.0',
      connectionId: 1,
      statusFlags: 2,
      characterSet: 8,
      capabilityFlags: 0xffffff ^ 0x800,
      authCallback: (_login: unknown, accept: () => void) => {
        accept();
        side._resetSequenceId();
      },
    });
    const answer = (sql: string) => {
      statements.push(sql);
      if (!sql.startsWith('SELECT privilege_type')) return side.writeOk();
      side.writeTextResult(
        privileges.map((name) => ({ privilege_type: name })),
        [
          {
            catalog: 'def',
            schema: '',
            table: '',
            orgTable: '',
            name: 'privilege_type',
            orgName: '',
            characterSet: 45,
            columnLength: 64,
            columnType: 253,
            flags: 0,
            decimals: 0,
          },
        ],
      );
    };
    side.on('query', (sql) => {
      answer(sql);
      side._resetSequenceId();
    });
    // The driver hands SET statements out as prepared ones.
    side.on('stmt_prepare', (sql) => {
      if (sql.startsWith('SET ')) answer(sql);
      else {
        flags.push(side.clientHelloReply.clientFlags);
        statements.push(`prepared: ${sql}`);
        side.writeError({ code: 1146, message: "Table 'shop.orders' doesn't exist" });
      }
      side._resetSequenceId();
    });
    connection.on('error', () => {});
  });
  const listening = Reflect.get(server, '_server') as Server;
  open.push(listening);
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  const { port } = listening.address() as AddressInfo;
  return { url: `mysql://reader:reader-password-1@127.0.0.1:${port}/shop`, statements, flags };
}
