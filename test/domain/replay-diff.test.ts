import { describe, expect, it } from 'vitest';
import { isUnrecorded, recordedAnswer, recordedPrompt, recordedTraffic } from '../../src/domain/replay.ts';
import { type DiffSide, replayDiff } from '../../src/domain/replay-diff.ts';
import type { NewTranscriptEntry, TranscriptEntry } from '../../src/domain/transcript.ts';

type Called = readonly [tool: string, input: unknown, text: string, more?: Readonly<Record<string, unknown>>];

/** A record with one turn for each list of calls. */
function record(...turns: readonly (readonly Called[])[]): readonly TranscriptEntry[] {
  const lines = turns.flatMap((calls, index): NewTranscriptEntry[] => {
    const step = index + 1;
    const toolCalls = calls.map(([name, input], at) => ({ id: `c${step}.${at}`, name, input }));
    return [
      { type: 'agent.message', content: { step, text: '', toolCalls, finish: 'tool-calls', model: 'm' } },
      ...calls.map(([tool, , text, more = {}], at): NewTranscriptEntry => {
        if (more.refused)
          return { type: 'tool.refused', content: { step, call: `${step}.${at + 1}`, tool, message: text } };
        return { type: 'tool.result', content: { step, call: `${step}.${at + 1}`, tool, ok: true, text, ...more } };
      }),
    ];
  });
  const prompt: NewTranscriptEntry = { type: 'prompt', content: { system: 's', user: 'Do it.' } };
  return [prompt, ...lines].map((line, seq) => ({ ...line, seq, at: 0, attempt: 1 }));
}

function side(id: string, entries: readonly TranscriptEntry[], more: Partial<DiffSide> = {}): DiffSide {
  return { run: { id, status: 'succeeded', result: 'Done.' }, entries, deliveries: [], ...more };
}

const changes = (before: readonly TranscriptEntry[], after: readonly TranscriptEntry[]) =>
  replayDiff(side('run_1', before), side('run_2', after)).calls.map(({ change, before: old, after: now }) => [
    change,
    old?.text,
    now?.text,
  ]);

describe('the difference between a run and its replay', () => {
  it('is none for the same calls, in whatever order their arguments stand', () => {
    const before = record([['request', { a: 1, b: { c: [1], d: 2 } }, 'x']]);
    const after = record([['request', { b: { d: 2, c: [1] }, a: 1 }, 'x']]);
    expect(replayDiff(side('run_1', before), side('run_2', after))).toMatchObject({ same: true });
  });

  it('names calls that are gone, new, answered otherwise, or made with other arguments', () => {
    const before = record([['a', 1, 'one']], [['b', 1, 'two']], [['c', 1, 'three']], [['e', 1, 'five']]);
    const after = record([['b', 1, 'TWO']], [['c', 2, 'three']], [['d', 1, 'four']], [['e', 1, 'five']]);
    expect(changes(before, after)).toEqual([
      ['removed', 'one', undefined],
      ['changed', 'two', 'TWO'],
      ['changed', 'three', 'three'],
      ['added', undefined, 'four'],
      ['same', 'five', 'five'],
    ]);
  });

  it('takes a write that was only shown for the write that was made, unless that one had failed', () => {
    const shown = record([['request', 1, 'captured', { captured: true }]]);
    expect(changes(record([['request', 1, 'made']]), shown)[0]?.[0]).toBe('same');
    expect(changes(record([['request', 1, 'no', { ok: false }]]), shown)[0]?.[0]).toBe('changed');
    expect(changes(record([['request', 1, 'no', { refused: true }]]), shown)[0]?.[0]).toBe('changed');
  });

  it('compares what went to each target, without when and by which run', () => {
    const delivery = (run: string, text: string, type = 'slack') => ({
      kind: 'result' as const,
      target: { type, options: {} },
      payload: { automation: 'a', status: 'success' as const, timestamp: run, run, text: `${text} (${run})` },
    });
    const alert = { ...delivery('run_1', 'x'), kind: 'alert' as const };
    const before = side('run_1', [], {
      deliveries: [delivery('run_1', 'one'), delivery('run_1', 'two'), delivery('run_1', 'three', 'email'), alert],
    });
    const after = side('run_2', [], {
      deliveries: [delivery('run_2', 'one'), delivery('run_2', 'TWO'), delivery('run_2', 'four', 'log')],
    });
    const { deliveries, same } = replayDiff(before, after);
    expect(deliveries.map(({ change, target, fields }) => [change, target, fields])).toEqual([
      ['same', 'slack', []],
      ['changed', 'slack', ['text']],
      ['removed', 'email', []],
      ['added', 'log', []],
    ]);
    expect(same).toBe(false);
  });

  it('sees another end and another result', () => {
    const after = side('run_2', [], { run: { id: 'run_2', status: 'failed', reason: 'budget' } });
    expect(replayDiff(side('run_1', []), after)).toMatchObject({
      same: false,
      status: { same: false, before: 'succeeded', after: 'failed(budget)' },
      result: { same: false, before: 'Done.', after: null },
    });
  });

  it('takes a thousand calls a side in well under a second', () => {
    const calls = (salt: string) => Array.from({ length: 1_000 }, (_, at): Called => ['t', `${at % 7}${salt}`, 'x']);
    const before = record(calls(''));
    const started = performance.now();
    const { calls: diffs } = replayDiff(side('run_1', before), side('run_2', record(calls('b'))));
    expect(performance.now() - started).toBeLessThan(2_000);
    expect(diffs).toHaveLength(1_000);
  });
});

describe('recorded traffic', () => {
  it('is that of the last attempt, without what sub-agents said', () => {
    const first = record([['a', 1, 'first']]);
    const second = record([['a', 1, 'second']]);
    const child: TranscriptEntry = {
      ...{ seq: 9, at: 0, attempt: 2, type: 'agent.message' },
      content: { step: 2, agent: 'helper', text: 'mine', toolCalls: [], finish: 'stop', model: 'm' },
    };
    const traffic = recordedTraffic([...first, ...second, child]);
    expect(traffic.turns).toHaveLength(1);
    expect(recordedAnswer(traffic, '1.1')).toMatchObject({ type: 'made', text: 'second' });
    expect(recordedAnswer(traffic, '1.2')).toBeUndefined();
    expect(recordedAnswer(traffic, '7.1')).toBeUndefined();
    expect(recordedPrompt([...first, ...second])).toBe('Do it.');
  });

  it('says how the run ended, and whether its traffic was left out', () => {
    const end = { seq: 9, at: 0, attempt: 1, type: 'session.status_closed' } as const;
    const entries = [...record(), { ...end, content: { status: 'failed', reason: 'timeout', error: 'too slow' } }];
    expect(recordedTraffic(entries).end).toEqual({ reason: 'timeout', error: 'too slow' });
    expect(isUnrecorded(entries)).toBe(false);
    const prompt: TranscriptEntry = { seq: 1, at: 0, attempt: 1, type: 'prompt', content: { recorded: false } };
    expect(isUnrecorded([prompt])).toBe(true);
  });
});
