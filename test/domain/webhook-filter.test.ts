import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkFilter, matchesEvents, matchesFilter } from '../../src/domain/webhook-filter.ts';

const SUBJECT = {
  body: {
    action: 'opened',
    pull_request: { draft: false, number: 7, title: 'Fix the API', labels: [{ name: 'bug' }, { name: 'urgent' }] },
    milestone: null,
  },
  headers: { 'x-github-event': ['pull_request'] },
  query: { source: ['ci'] },
};

const passes = (filter: unknown) => matchesFilter(filter, SUBJECT).ok;

describe('a webhook filter', () => {
  it.each<[string, unknown, boolean]>([
    ['an equal value', { field: 'action', equals: 'opened' }, true],
    ['another value', { field: 'action', equals: 'closed' }, false],
    ['no conversion between types', { field: 'pull_request.number', equals: '7' }, false],
    ['false', { field: 'pull_request.draft', equals: false }, true],
    ['null', { field: 'milestone', equals: null }, true],
    ['an equal object', { field: 'pull_request.labels.0', equals: { name: 'bug' } }, true],
    ['a listed value', { field: 'action', in: ['opened', 'reopened'] }, true],
    ['an unlisted value', { field: 'action', in: ['closed'] }, false],
    ['any element of a list', { field: 'pull_request.labels.*.name', equals: 'urgent' }, true],
    ['no element of a list', { field: 'pull_request.labels.*.name', equals: 'docs' }, false],
    ['a field that exists', { field: 'pull_request', exists: true }, true],
    ['a field that does not', { field: 'issue', exists: false }, true],
    ['a missing field', { field: 'issue.number', equals: 1 }, false],
    ['an expression that matches', { field: 'pull_request.title', regex: '^Fix ' }, true],
    ['an expression on what is no text', { field: 'pull_request.number', regex: '7' }, false],
    ['a header, without case', { field: 'header:X-GitHub-Event', equals: 'pull_request' }, true],
    ['a query parameter', { field: 'query:source', in: ['ci'] }, true],
    [
      'all',
      {
        all: [
          { field: 'action', equals: 'opened' },
          { field: 'pull_request.draft', equals: false },
        ],
      },
      true,
    ],
    [
      'all with one that fails',
      {
        all: [
          { field: 'action', equals: 'opened' },
          { field: 'x', exists: true },
        ],
      },
      false,
    ],
    [
      'any',
      {
        any: [
          { field: 'x', exists: true },
          { field: 'action', equals: 'opened' },
        ],
      },
      true,
    ],
    ['any of none', { any: [{ field: 'x', exists: true }] }, false],
    ['not', { not: { field: 'pull_request.draft', equals: true } }, true],
    ['not of what holds', { not: { field: 'action', exists: true } }, false],
    ['an inherited property is no field', { field: 'constructor', exists: true }, false],
    ['a length is no element', { field: 'pull_request.labels.length', exists: true }, false],
  ])('judges %s', (_what, filter, expected) => {
    expect(passes(filter)).toBe(expected);
  });

  it('names the condition that failed and no value of the event', () => {
    const verdict = matchesFilter({ field: 'action', equals: 'closed' }, SUBJECT);
    expect(verdict).toEqual({ ok: false, reason: 'action is another value' });
    expect(matchesFilter({ not: { field: 'action', exists: true } }, SUBJECT)).toEqual({
      ok: false,
      reason: 'the condition under "not" holds',
    });
  });

  it.each<[unknown, string]>([
    ['text', 'must be an object'],
    [{}, 'tests nothing'],
    [{ field: 'a' }, 'needs a test'],
    [{ equals: 1 }, 'needs a field'],
    [{ field: 'a..b', equals: 1 }, 'dotted path'],
    [{ field: 'a', in: 'x' }, 'must be a list'],
    [{ field: 'a', exists: 'yes' }, 'true or false'],
    [{ field: 'a', regex: '(' }, '"("'],
    [{ field: 'a', regex: 5 }, 'must be text'],
    [{ any: [] }, 'list of conditions'],
    [{ all: [{ field: 'a', is: 1 }] }, 'filter.all[0].is'],
    [{ all: Array.from({ length: 300 }, () => ({ field: 'a', exists: true })) }, 'at most 200'],
  ])('finds what is wrong with %j', (filter, sentence) => {
    expect(checkFilter(filter).join('\n')).toContain(sentence);
    expect(passes(filter)).toBe(false);
  });

  it('bounds how deep conditions nest', () => {
    let filter: unknown = { field: 'action', exists: true };
    for (let depth = 0; depth < 500; depth += 1) filter = { not: filter };
    expect(checkFilter(filter).join('\n')).toContain('nest at most');
  });

  it('never throws, whatever the filter and the event are', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (filter, body) => {
        const verdict = matchesFilter(filter, { body, headers: {}, query: {} });
        expect(typeof verdict.ok).toBe('boolean');
      }),
    );
  });
});

describe('an events list', () => {
  it.each<[readonly string[], readonly string[], boolean]>([
    [['push'], ['push'], true],
    [['issues'], ['issues.opened'], true],
    [['issues.*'], ['issues.opened'], true],
    [['issues.opened'], ['issues.closed'], false],
    [['issue'], ['issues.opened'], false],
    [['*'], ['anything'], true],
    [['bounce'], ['delivered', 'bounce'], true],
    [['push'], [], false],
  ])('%j with %j is %s', (events, names, expected) => {
    expect(matchesEvents(events, names)).toBe(expected);
  });
});
