import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, it } from 'vitest';
import { runAmodal } from '../../support/amodal-process.ts';
import { smtpStub } from '../../support/smtp-server.ts';
import { tempDir, writeFiles } from '../../support/temp-dir.ts';
import { slackStub } from './slack-stub.ts';

const FILE = '{{ resultsOf.chart[0].file.id }}';

it('the built command line reads a database, draws it, and sends it by mail and to Slack', {
  timeout: 60_000,
}, async () => {
  const smtp = await smtpStub();
  const slack = await slackStub();
  const dir = tempDir();
  writeFiles(dir, bundle({ smtp: smtp.port, slack: slack.server.url }));
  fillShop(join(dir, 'shop.db'));
  const amodal = (...args: readonly string[]) =>
    runAmodal(['--dir', dir, ...args], { env: { SLACK_TOKEN: 'xoxb-0123456789', SMTP_PASSWORD: 'correct-horse' } });
  const checked = await amodal('validate');
  expect(checked.code, checked.stdout + checked.stderr).toBe(0);
  const triggered = await amodal('ops', 'automations', 'trigger', 'weekly');
  expect(triggered.code, triggered.stdout + triggered.stderr).toBe(0);
  const [{ id }] = JSON.parse((await amodal('ops', 'automations', 'history', 'weekly', '--json')).stdout);
  const run = JSON.parse((await amodal('ops', 'runs', 'show', id, '--json')).stdout);
  expect(run.writes.map(({ operation, outcome }: Record<string, string>) => `${operation}: ${outcome}`).sort()).toEqual(
    ['mail:email_send ada@acme.test: applied', 'team:slack_post C0REPORTS: applied'],
  );
  expect(run.files).toMatchObject([{ filename: 'Sales.png', kind: 'chart' }]);
  expect(smtp.mails).toMatchObject([{ from: 'reports@acme.test', to: ['ada@acme.test'] }]);
  expect(smtp.mails[0]?.source).toMatch(/Content-Type: image\/png/);
  expect(smtp.mails[0]?.source).toMatch(/filename=Sales\.csv/);
  expect(slack.messages).toMatchObject([{ channel_id: 'C0REPORTS', files: [{ title: 'Sales.png' }] }]);
  const audit = await amodal('ops', 'audit', 'verify');
  expect(audit.code, audit.stdout).toBe(0);
});

it('a read-only run gets its chart to people by a delivery that attaches it', { timeout: 60_000 }, async () => {
  const smtp = await smtpStub();
  const dir = tempDir();
  const table = { columns: ['region', 'total'], rows: [['North', 30.5]] };
  writeFiles(dir, {
    'automations/daily.json': {
      prompt: 'Draw the sales.',
      delivery: {
        targets: [
          {
            type: 'email',
            to: 'ada@acme.test',
            from: 'bot@acme.test',
            smtp: `smtp://127.0.0.1:${smtp.port}`,
            attachFiles: true,
          },
        ],
      },
    },
    'automations/daily.script.json': {
      turns: [
        { toolCalls: [{ tool: 'chart', input: { title: 'Sales', table, mark: 'bar', x: 'region', y: 'total' } }] },
        { text: 'The chart is attached.' },
      ],
    },
  });
  const triggered = await runAmodal(['--dir', dir, 'ops', 'automations', 'trigger', 'daily']);
  expect(triggered.code, triggered.stdout + triggered.stderr).toBe(0);
  expect(smtp.mails).toMatchObject([{ to: ['ada@acme.test'] }]);
  expect(smtp.mails[0]?.source).toMatch(/Content-Type: image\/png; name=Sales\.png/);
});

function bundle({ smtp, slack }: { readonly smtp: number; readonly slack: string }) {
  const table = { title: 'Sales', columns: ['region', 'total'], rows: [['North', 30.5]] };
  const basic = { type: 'basic', username: 'bot', password: 'env:SMTP_PASSWORD' };
  return {
    'connections/shop/spec.json': { protocol: 'sql', driver: 'sqlite', file: 'shop.db' },
    'connections/mail/spec.json': {
      protocol: 'smtp',
      host: '127.0.0.1',
      port: smtp,
      from: 'reports@acme.test',
      writeAuth: basic,
    },
    'connections/mail/access.json': { recipients: ['*@acme.test'] },
    'connections/team/spec.json': {
      protocol: 'slack',
      baseUrl: `${slack}/api`,
      writeAuth: { type: 'bearer', token: 'env:SLACK_TOKEN' },
    },
    'connections/team/access.json': { recipients: ['C0REPORTS'] },
    'automations/weekly.json': {
      prompt: 'Send the sales.',
      writeEnabled: true,
      writes: { maxPerRun: 2, operations: ['email_send', 'slack_post'] },
      tools: ['sql_query', 'chart', 'email_send', 'slack_post'],
    },
    'automations/weekly.script.json': {
      turns: [
        {
          toolCalls: [
            {
              tool: 'sql_query',
              input: { connection: 'shop', sql: 'SELECT region, sum(total) AS total FROM orders GROUP BY region' },
            },
          ],
        },
        { toolCalls: [{ tool: 'chart', input: { title: 'Sales', table, mark: 'bar', x: 'region', y: 'total' } }] },
        {
          toolCalls: [
            {
              tool: 'email_send',
              input: {
                connection: 'mail',
                to: ['ada@acme.test'],
                subject: 'Sales',
                text: 'The **week**.',
                table,
                table_as_csv: true,
                files: [FILE],
              },
            },
            {
              tool: 'slack_post',
              input: { connection: 'team', channel: 'C0REPORTS', text: 'The week.', files: [FILE] },
            },
          ],
        },
        { text: 'Sent.' },
      ],
    },
  };
}

function fillShop(file: string): void {
  const database = new Database(file);
  database.exec(
    "CREATE TABLE orders (region TEXT, total REAL); INSERT INTO orders VALUES ('North', 10.5), ('North', 20)",
  );
  database.close();
}
