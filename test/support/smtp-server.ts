import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterEach } from 'vitest';

export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  /** The message as it was sent, headers and body. */
  readonly source: string;
}

export interface SmtpStub {
  readonly port: number;
  readonly mails: ReceivedMail[];
  /** Every command line, in order. */
  readonly commands: string[];
  close(): Promise<void>;
}

/** Answers a command with another line than the usual one; undefined = the usual one. */
export type SmtpScript = (command: string) => string | undefined;

const open: SmtpStub[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

/** A small real SMTP server (RFC 5321, AUTH PLAIN) on port 0 of loopback. */
export async function smtpStub(script: SmtpScript = () => undefined): Promise<SmtpStub> {
  const mails: ReceivedMail[] = [];
  const commands: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    converse(socket, { script, commands, mails });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = () => {
    for (const socket of sockets) socket.destroy();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  };
  const stub = { port, mails, commands, close };
  open.push(stub);
  return stub;
}

interface Talk {
  readonly script: SmtpScript;
  readonly commands: string[];
  readonly mails: ReceivedMail[];
}

function converse(socket: Socket, { script, commands, mails }: Talk): void {
  let buffer = '';
  let from = '';
  let to: string[] = [];
  let isData = false;
  const say = (line: string) => socket.write(`${line}\r\n`);
  const onCommand = (line: string) => {
    commands.push(line);
    const other = script(line);
    if (other === 'hang') return;
    if (other !== undefined) return void say(other);
    const verb = line.slice(0, 4).toUpperCase();
    if (verb === 'EHLO') return void say('250-stub\r\n250-8BITMIME\r\n250 AUTH PLAIN');
    if (verb === 'AUTH') return void say('235 ok');
    if (verb === 'MAIL') from = /<(.*?)>/.exec(line)?.[1] ?? '';
    if (verb === 'RCPT') to.push(/<(.*?)>/.exec(line)?.[1] ?? '');
    if (verb === 'QUIT') return void socket.end('221 bye\r\n');
    isData = verb === 'DATA';
    say(isData ? '354 go on' : '250 ok');
  };
  const onMessage = (source: string) => {
    isData = false;
    mails.push({ from, to, source: source.replaceAll('\r\n..', '\r\n.') });
    to = [];
    say(script('(message)') ?? '250 taken');
  };
  say(script('(greeting)') ?? '220 stub ESMTP');
  socket.on('data', (chunk) => {
    buffer += chunk.toString();
    for (;;) {
      const end = buffer.indexOf(isData ? '\r\n.\r\n' : '\r\n');
      if (end < 0) return;
      const part = buffer.slice(0, end);
      buffer = buffer.slice(end + (isData ? 5 : 2));
      if (isData) onMessage(part);
      else onCommand(part);
    }
  });
}
