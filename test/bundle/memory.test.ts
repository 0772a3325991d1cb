import { describe, expect, it } from 'vitest';
import { DEFAULT_MEMORY_BYTES } from '../../src/domain/memory.ts';
import { load, messages } from './load.ts';

const automation = (more: Readonly<Record<string, unknown>> = {}) => ({ prompt: 'Look.', ...more });

describe('notes and records in the files', () => {
  it('are off and on by default: no notes, every record', async () => {
    const { bundle } = await load({ 'automations/a.json': automation() });
    expect(bundle.automations.get('a')).toMatchObject({ memory: undefined, recordTraffic: undefined });
  });

  it('come from amodal.json, field by field under what the automation says', async () => {
    const loaded = await load({
      'amodal.json': { memory: { enabled: true, maxBytes: 1_000 }, recordTraffic: false },
      'automations/a.json': automation(),
      'automations/b.json': automation({ memory: { automationWritable: true }, recordTraffic: true }),
      'automations/c.json': automation({ memory: { enabled: false } }),
    });
    expect(messages(loaded)).toEqual([]);
    const memoryOf = (name: string) => loaded.bundle.automations.get(name)?.memory;
    expect(memoryOf('a')).toEqual({ enabled: true, automationWritable: false, maxBytes: 1_000 });
    expect(memoryOf('b')).toEqual({ enabled: true, automationWritable: true, maxBytes: 1_000 });
    expect(memoryOf('c')).toMatchObject({ enabled: false });
    expect(['a', 'b'].map((name) => loaded.bundle.automations.get(name)?.recordTraffic)).toEqual([false, true]);
  });

  it('have their default size, and bounds that are told', async () => {
    const good = await load({ 'automations/a.json': automation({ memory: { enabled: true } }) });
    expect(good.bundle.automations.get('a')?.memory?.maxBytes).toBe(DEFAULT_MEMORY_BYTES);
    const bad = await load({ 'automations/a.json': automation({ memory: { enabled: true, maxBytes: 10, size: 1 } }) });
    expect(messages(bad).join('\n')).toMatch(/maxBytes.*256/);
    expect(messages(bad).join('\n')).toContain('size');
  });

  it('warn of a conversation whose earlier turns would not come back', async () => {
    const loaded = await load({ 'automations/a.json': automation({ mode: 'conversation', recordTraffic: false }) });
    expect(messages(loaded).join()).toContain('no earlier turn of a conversation comes back');
    expect(loaded.bundle.automations.has('a')).toBe(true);
  });
});
