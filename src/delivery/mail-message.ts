import type { Delivery, DeliveryPayload } from '../domain/delivery.ts';
import { withoutControls } from '../domain/delivery-text.ts';

const SUBJECT_CHARACTERS = 150;

/** A mail in plain text and the same in HTML; nothing of the payload decides where it goes. */
export function mailMessage(
  { id, payload }: Delivery,
  subject: string | undefined,
  /** Names of files that did not fit. */
  left: readonly string[] = [],
) {
  const domain = 'amodal.invalid';
  const missing = left.map((name) => `${name} is too large for a mail, or gone.`).join('\n');
  const text = missing === '' ? payload.text : `${payload.text}\n\n${missing}`;
  return {
    subject: oneLine(subject ?? subjectOf(payload)),
    text: `${text}\n\n-- \n${payload.automation} · ${payload.run}\n`,
    html: htmlOf({ ...payload, text }),
    messageId: `<${id}@${domain}>`,
    date: new Date(payload.timestamp),
    headers: { 'Idempotency-Key': id, 'Auto-Submitted': 'auto-generated' },
  };
}

function subjectOf({ automation, status }: DeliveryPayload): string {
  switch (status) {
    case 'success':
      return automation;
    case 'partial':
      return `${automation}: partial result`;
    case 'failure':
      return `${automation} failed`;
    case 'recovered':
      return `${automation} works again`;
  }
}

function htmlOf({ text, automation, run }: DeliveryPayload): string {
  const paragraphs = text.split(/\n{2,}/).map((part) => `<p>${escapeHtml(part).replaceAll('\n', '<br>\n')}</p>`);
  const foot = `<p style="color:#666;font-size:smaller">${escapeHtml(automation)} · ${escapeHtml(run)}</p>`;
  return `<!doctype html>\n<html><body>\n${paragraphs.join('\n')}\n${foot}\n</body></html>\n`;
}

function escapeHtml(text: string): string {
  const names: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (character) => names[character] ?? character);
}

/** No line break can begin another header. */
function oneLine(text: string): string {
  const line = withoutControls(text).replace(/\s+/g, ' ').trim();
  return [...line].slice(0, SUBJECT_CHARACTERS).join('');
}
