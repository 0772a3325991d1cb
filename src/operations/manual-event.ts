import type { Event } from '../domain/event.ts';

/** The event of a trigger by hand: its exact text, called JSON when it parses. */
export function manualEvent(text: string | undefined): Event {
  const base = { source: 'manual', headers: {}, query: {} } as const;
  if (text === undefined || text === '') return { ...base, format: 'none' };
  return { ...base, body: text, format: isJson(text) ? 'json' : 'text' };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
