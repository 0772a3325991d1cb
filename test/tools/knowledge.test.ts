import { describe, expect, it } from 'vitest';
import { testAutomation, testBundle } from '../agent/session-world.ts';
import { toolWorld } from './tool-world.ts';

const knowledge = [
  { path: 'runbooks/error-rate', title: 'Error rate', text: 'When the error rate rises, look at the last deploy.' },
  { path: 'runbooks/disk', title: 'Disk full', text: 'Free space. The error log grows first.' },
  { path: 'team', title: 'The team', text: 'Who is on call.' },
];
const skills = new Map(['triage', 'other'].map((name) => [name, { name, description: name, text: `# ${name}` }]));

describe('knowledge_search', () => {
  it('finds pages by words, titles first, with an excerpt', async () => {
    const { use } = await toolWorld(testBundle({ bundle: { knowledge } }));
    expect((await use('knowledge_search', { query: 'ERROR rate?' })).value).toEqual({
      hits: [
        { path: 'runbooks/error-rate', title: 'Error rate', excerpt: knowledge[0]?.text },
        { path: 'runbooks/disk', title: 'Disk full', excerpt: knowledge[1]?.text },
      ],
    });
    expect((await use('knowledge_search', { query: 'error', limit: 1 })).value).toHaveProperty('hits.length', 1);
    expect((await use('knowledge_search', { query: 'zebra !' })).value).toEqual({ hits: [] });
  });
});

describe('knowledge_read', () => {
  it('reads a page by its path, as it may be written', async () => {
    const { use } = await toolWorld(testBundle({ bundle: { knowledge } }));
    for (const path of ['runbooks/disk', '/knowledge/runbooks/disk.md', 'runbooks/disk.md']) {
      expect(await use('knowledge_read', { path })).toMatchObject({ ok: true, text: knowledge[1]?.text });
    }
  });

  it('suggests the page that was meant', async () => {
    const { use } = await toolWorld(testBundle({ bundle: { knowledge } }));
    expect((await use('knowledge_read', { path: 'runbooks/disc' })).text).toBe(
      'there is no page "runbooks/disc": did you mean "runbooks/disk"?',
    );
    expect((await use('knowledge_read', { path: '../.env' })).ok).toBe(false);
  });
});

describe('skill_read', () => {
  it('reads a skill that the automation may have, and no other', async () => {
    const { use } = await toolWorld(testBundle({ bundle: { skills } }), {
      automation: testAutomation({ skills: ['triage'] }),
    });
    expect(await use('skill_read', { name: 'triage' })).toMatchObject({ ok: true, text: '# triage' });
    expect(await use('skill_read', { name: 'other' })).toMatchObject({
      ok: false,
      text: 'there is no skill "other"; there are: triage',
    });
  });
});
