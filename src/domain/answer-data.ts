import { isNestedDeeper } from './nesting.ts';

type Json = Readonly<Record<string, unknown>>;

/** Deeper JSON stays text: writing it back could overflow the stack. */
const MAX_DEPTH = 64;

const FENCE = /^[ \t]{0,3}```[ \t]*([A-Za-z0-9_-]*)[ \t]*\r?$/;

/** The object that an answer is: bare JSON, or the one fenced block in it; undefined for everything else. */
export function answerData(text: string): Json | undefined {
  const bare = text.trim();
  return parsedObject(bare.startsWith('{') ? bare : (onlyBlock(bare) ?? ''));
}

/** What stands in the fences when the text has exactly one block, and that is JSON or of no named language. */
function onlyBlock(text: string): string | undefined {
  const lines = text.split('\n');
  const fences = lines.flatMap((line, at) => (FENCE.test(line) ? [at] : []));
  const [open, close] = fences;
  if (open === undefined || close === undefined || fences.length !== 2) return undefined;
  const language = FENCE.exec(lines[open] ?? '')?.[1] ?? '';
  return /^(json|)$/i.test(language)
    ? lines
        .slice(open + 1, close)
        .join('\n')
        .trim()
    : undefined;
}

function parsedObject(text: string): Json | undefined {
  if (!text.startsWith('{') || !text.endsWith('}') || isNestedDeeper(text, MAX_DEPTH)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
