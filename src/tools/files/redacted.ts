import type { ToolContext } from '../../domain/ports/tool.ts';

/** What a model wrote, without secret values: files are read by people who may not know them. */
export function redacted<Input>(input: Input, { bundle }: Pick<ToolContext, 'bundle'>): Input {
  return mapTexts(input, (text) => bundle.secrets.redact(text)) as Input;
}

function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, change));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, mapTexts(field, change)]));
}
