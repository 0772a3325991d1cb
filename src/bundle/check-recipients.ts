import { quote } from './describe-value.ts';
import { errorAt, type Finding, warningAt } from './finding.ts';
import type { ConnectionFile } from './schema/connection.ts';

const ADDRESS = /^(\*|[^\s@<>,;:"*\p{Cc}]+)@[^\s@<>,;:"*\p{Cc}]+$/u;
const CHANNEL = /^(\*|#?[\p{L}\p{N}_.-]{1,80})$/u;

/** Recipients belong to connections that send messages, and each of them is written as it will be compared. */
export function checkRecipients(
  file: Partial<ConnectionFile>,
  recipients: readonly string[] | undefined,
): readonly Finding[] {
  const { protocol } = file as { readonly protocol?: unknown };
  if (protocol !== 'slack' && protocol !== 'smtp') {
    if (recipients === undefined) return [];
    return [errorAt(['recipients'], 'wrong-protocol', 'only connections of "slack" and "smtp" have recipients')];
  }
  if (recipients === undefined) return [NO_RECIPIENTS];
  const [shape, expected] =
    protocol === 'smtp' ? [ADDRESS, 'a mail address or *@domain'] : [CHANNEL, 'the id or name of a channel, or *'];
  return recipients.flatMap((recipient, index) =>
    shape.test(recipient)
      ? []
      : [errorAt(['recipients', index], 'bad-recipient', `expected ${expected}, got ${quote(recipient)}`)],
  );
}

const NO_RECIPIENTS = warningAt(
  [],
  'no-recipients',
  'nothing can be sent: list in access.json under "recipients" whom messages may go to',
);
