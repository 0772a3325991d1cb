import { describe, expect, it } from 'vitest';
import { configured } from '../support/webhook-senders.ts';

/** What the sender's preset calls an event with this body. */
function titleOf(sender: string, body: object): string | undefined {
  const { preset, auth, request } = configured(sender);
  return preset.identify({ ...request(), body: Buffer.from(JSON.stringify(body)) }, auth).title;
}

describe('the title of an event', () => {
  it.each([
    [{ type: 'Project', action: 'create', data: { name: 'WhatsApp Provider' } }, 'Project created: WhatsApp Provider'],
    [{ type: 'Project', action: 'update', data: { name: 'Site' } }, 'Project updated: Site'],
    [{ type: 'Issue', action: 'remove', data: { title: 'Login fails' } }, 'Issue removed: Login fails'],
    [{ type: 'ProjectUpdate', action: 'create', data: { project: { name: 'Site' } } }, 'Project update created: Site'],
    [{ type: 'Comment', action: 'create', data: { issue: { title: 'Login' } } }, 'Comment created: Login'],
    [{ type: 'Cycle', action: 'archive', data: {} }, 'Cycle archive'],
    [{ type: 'Issue', action: 'constructor' }, 'Issue constructor'],
    [{ type: 'Issue' }, undefined],
    [{ action: 'create' }, undefined],
    [{ type: 7, action: ['create'] }, undefined],
  ])('of Linear %j is %s', (body, title) => {
    expect(titleOf('linear', body)).toBe(title);
  });

  it('is nothing where the sender’s page composes none', () => {
    expect(titleOf('github', { action: 'opened' })).toBeUndefined();
  });
});
