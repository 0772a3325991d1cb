import type { NewTranscriptEntry, TranscriptType } from '../domain/transcript.ts';

/** What a record keeps of its lines where the file says `"recordTraffic": false`: names, numbers, decisions. */
const KEPT: Partial<Readonly<Record<TranscriptType, readonly string[]>>> = {
  prompt: ['model', 'earlierTurns', 'replay'],
  'agent.message': ['step', 'agent', 'finish', 'model'],
  'tool.call': ['step', 'agent', 'call', 'tool'],
  'tool.result': [
    'step',
    'agent',
    'call',
    'tool',
    'ok',
    'status',
    'rule',
    'operation',
    'effect',
    'captured',
    'replayed',
    'untrusted',
    'durationMs',
    'bytes',
  ],
};

/** The line without what was said to and by the model and its tools. */
export function withoutTraffic({ type, content }: NewTranscriptEntry): NewTranscriptEntry {
  const kept = KEPT[type];
  if (!kept) return { type, content };
  const fields = kept.flatMap((name) => (name in content ? [[name, content[name]]] : []));
  return { type, content: { ...Object.fromEntries(fields), ...(type === 'prompt' ? { recorded: false } : {}) } };
}
