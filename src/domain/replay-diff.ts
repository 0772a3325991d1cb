import type { Delivery, DeliveryPayload, NewDelivery } from './delivery.ts';
import { type RecordedAnswer, type RecordedCall, recordedTraffic } from './replay.ts';
import type { Run } from './run.ts';
import type { TranscriptEntry } from './transcript.ts';

/** Longer records are compared from their beginnings. */
const MAX_CALLS = 1_000;

export type Change = 'same' | 'changed' | 'added' | 'removed';

/** How a replay differs from the run that it repeats. */
export interface ReplayDiff {
  readonly same: boolean;
  /** `succeeded`, or `failed(budget)`. */
  readonly status: Side<string>;
  readonly result: Side<string | null>;
  /** The calls of the run itself; those of sub-agents are in the answers of `dispatch`. */
  readonly calls: readonly CallDiff[];
  readonly deliveries: readonly DeliveryDiff[];
}

export interface Side<T> {
  readonly same: boolean;
  readonly before: T;
  readonly after: T;
}

export interface CallDiff {
  readonly change: Change;
  readonly before: CallShown | null;
  readonly after: CallShown | null;
}

/** `none`: the attempt ended before the call did. */
export interface CallShown {
  readonly tool: string;
  readonly input: unknown;
  readonly outcome: 'ok' | 'failed' | 'refused' | 'captured' | 'none';
  readonly text: string;
}

export interface DeliveryDiff {
  readonly change: Change;
  /** The type of the target. */
  readonly target: string;
  /** The names of the fields that differ. */
  readonly fields: readonly string[];
  readonly before: DeliveryPayload | null;
  readonly after: DeliveryPayload | null;
}

/** One of the two runs: its row, its record, and what it sent (or would have sent). */
export interface DiffSide {
  readonly run: Pick<Run, 'id' | 'status' | 'reason' | 'result'>;
  readonly entries: readonly TranscriptEntry[];
  readonly deliveries: readonly Pick<Delivery, 'kind' | 'target' | 'payload'>[];
}

/** Compares calls in order, the result, and what went to the targets; alerts depend on the day and are left out. */
export function replayDiff(before: DiffSide, after: DiffSide): ReplayDiff {
  const status = side(statusOf(before.run), statusOf(after.run));
  const result = side(before.run.result ?? null, after.run.result ?? null);
  const calls = diffCalls(callsOf(before), callsOf(after));
  const deliveries = diffDeliveries(before, after);
  const same = status.same && result.same && [...calls, ...deliveries].every(({ change }) => change === 'same');
  return { same, status, result, calls, deliveries };
}

/** What a replay that only shows has captured instead of delivering it. */
export function capturedDeliveries(entries: readonly TranscriptEntry[]): readonly Omit<NewDelivery, 'id'>[] {
  return entries.flatMap(({ type, content }) => {
    if (type !== 'delivery.captured' && type !== 'alert.captured') return [];
    const { kind, target, payload } = content;
    const made = { kind, target: { type: String(target), options: {} }, payload };
    return [made as Omit<NewDelivery, 'id'>];
  });
}

function side<T>(before: T, after: T): Side<T> {
  return { same: before === after, before, after };
}

function statusOf({ status, reason }: DiffSide['run']): string {
  return reason === undefined || reason === status ? status : `${status}(${reason})`;
}

function callsOf({ entries }: DiffSide): readonly CallShown[] {
  const calls = recordedTraffic(entries).turns.flatMap(({ calls }) => calls);
  return calls.slice(0, MAX_CALLS).map(({ tool, input, answer }: RecordedCall) => {
    return { tool, input, outcome: outcomeOf(answer), text: answer?.text ?? '' };
  });
}

function outcomeOf(answer: RecordedAnswer | undefined): CallShown['outcome'] {
  if (!answer) return 'none';
  if (answer.type === 'refused') return 'refused';
  if (answer.captured) return 'captured';
  return answer.ok ? 'ok' : 'failed';
}

/** The longest common run of calls stays in place; what stands between is removed, added or, of one tool, changed. */
function diffCalls(before: readonly CallShown[], after: readonly CallShown[]): readonly CallDiff[] {
  const diffs: CallDiff[] = [];
  let [at, to] = [0, 0];
  for (const [left, right] of [...commonCalls(before, after), [before.length, after.length] as const]) {
    diffs.push(...between(before.slice(at, left), after.slice(to, right)));
    const [old, now] = [before[left], after[right]];
    if (old && now) diffs.push({ change: isSameAnswer(old, now) ? 'same' : 'changed', before: old, after: now });
    [at, to] = [left + 1, right + 1];
  }
  return diffs;
}

function between(removed: readonly CallShown[], added: readonly CallShown[]): readonly CallDiff[] {
  const length = Math.max(removed.length, added.length);
  return Array.from({ length }).flatMap((_, index): CallDiff[] => {
    const [before = null, after = null] = [removed[index], added[index]];
    if (before && after && before.tool === after.tool) return [{ change: 'changed', before, after }];
    return [
      ...(before ? [{ change: 'removed' as const, before, after: null }] : []),
      ...(after ? [{ change: 'added' as const, before: null, after }] : []),
    ];
  });
}

/** A write that is only shown has no answer to compare. */
function isSameAnswer(before: CallShown, after: CallShown): boolean {
  if (after.outcome === 'captured') return before.outcome === 'ok' || before.outcome === 'captured';
  return before.outcome === after.outcome && before.text === after.text;
}

/** Pairs of positions of equal calls (tool and arguments), rising on both sides. */
function commonCalls(before: readonly CallShown[], after: readonly CallShown[]): (readonly [number, number])[] {
  const [a, b] = [before.map(keyOf), after.map(keyOf)];
  const lengths = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  const at = (i: number, j: number) => lengths[i]?.[j] ?? 0;
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      const row = lengths[i];
      if (row) row[j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const pairs: (readonly [number, number])[] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (a[i] === b[j]) pairs.push([i++, j++]);
    else if (at(i + 1, j) >= at(i, j + 1)) i += 1;
    else j += 1;
  }
  return pairs;
}

function keyOf({ tool, input }: CallShown): string {
  return JSON.stringify([tool, sorted(input)]);
}

/** Arguments in one order of their names. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(fields.map(([name, field]) => [name, sorted(field)]));
}

function diffDeliveries(before: DiffSide, after: DiffSide): readonly DeliveryDiff[] {
  const [old, now] = [byTarget(before), byTarget(after)];
  return [...new Set([...old.keys(), ...now.keys()])].map((key): DeliveryDiff => {
    const [left = null, right = null] = [old.get(key), now.get(key)];
    const fields = left && right ? changedFields(left, right, [before.run.id, after.run.id]) : [];
    const change = !left ? 'added' : !right ? 'removed' : fields.length > 0 ? 'changed' : 'same';
    return { change, target: key.replace(/#\d+$/, ''), fields, before: left, after: right };
  });
}

/** Results by the type of their target and its place among those of that type. */
function byTarget({ deliveries }: DiffSide): ReadonlyMap<string, DeliveryPayload> {
  const payloads = new Map<string, DeliveryPayload>();
  for (const { kind, target, payload } of deliveries) {
    if (kind !== 'result') continue;
    const place = [...payloads.keys()].filter((key) => key.startsWith(`${target.type}#`)).length;
    payloads.set(`${target.type}#${place}`, payload);
  }
  return payloads;
}

/** When it was made and by which run is no difference. */
function changedFields(before: DeliveryPayload, after: DeliveryPayload, runs: readonly string[]): readonly string[] {
  const shown = (payload: DeliveryPayload) =>
    new Map(
      Object.entries(payload)
        .filter(([name]) => name !== 'timestamp' && name !== 'run')
        .map(([name, value]) => [
          name,
          runs.reduce((text, id) => text.replaceAll(id, ''), JSON.stringify(sorted(value))),
        ]),
    );
  const [old, now] = [shown(before), shown(after)];
  return [...new Set([...old.keys(), ...now.keys()])].filter((name) => old.get(name) !== now.get(name));
}
