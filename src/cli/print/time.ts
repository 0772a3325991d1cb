/** `2026-03-27 09:00 UTC (in 3 h)`: the wall clock of the zone, and how far that is from now. */
export function formatTime(iso: string | null, zone: string, now: number): string {
  if (!iso) return '';
  const at = Date.parse(iso);
  return `${wallClock(at, zone)} (${relative(at - now)})`;
}

/** `42s`, `3m 10s`, `2h 5m`; empty when unknown. */
export function formatDuration(ms: number | null): string {
  if (ms === null) return '';
  if (ms < 1000) return `${Math.round(ms)}ms`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes}m ${seconds % 60}s` : `${Math.floor(minutes / 60)}h ${minutes % 60}m`;
}

/** Dollars with as many digits as a cheap run needs; `?` when the price is unknown. */
export function formatCost(costUsd: number | null): string {
  if (costUsd === null) return '?';
  return costUsd === 0 ? '$0' : `$${costUsd.toFixed(costUsd < 0.01 ? 5 : 2)}`;
}

const PARTS = {
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
} as const;

function wallClock(at: number, timeZone: string): string {
  if (timeZone === 'UTC') return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  const parts = new Intl.DateTimeFormat('en-CA', { ...PARTS, timeZone }).formatToParts(at);
  const part = (type: string) => parts.find((found) => found.type === type)?.value ?? '';
  return `${part('year')}-${part('month')}-${part('day')} ${part('hour')}:${part('minute')} ${timeZone}`;
}

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
] as const;

function relative(ms: number): string {
  const distance = Math.abs(ms);
  const unit = UNITS.find(([, size]) => distance >= size);
  if (!unit) return 'now';
  const amount = `${Math.round(distance / unit[1])} ${unit[0]}`;
  return ms < 0 ? `${amount} ago` : `in ${amount}`;
}
