import { type Loader, type LoggerInterface, parse, type Spec, View } from 'vega';
import { expressionInterpreter } from 'vega-interpreter';
import { compile, type TopLevelSpec } from 'vega-lite';
import type { ChartTask, RenderAnswer } from '../render-job.ts';
import { FONT_FAMILY } from './fonts.ts';
import { imageSize } from './image-size.ts';
import { rasterize } from './rasterize.ts';

const MAX_SIDE = 4_096;
const MAX_SVG_CHARACTERS = 8_000_000;
const MAX_NOTES = 5;
const MAX_NOTE_CHARACTERS = 300;

/** Draws a chart: expressions are interpreted, never compiled to functions, and nothing can be loaded. */
export async function drawChart({ spec, format }: ChartTask): Promise<RenderAnswer> {
  const notes: string[] = [];
  const logger = loggerInto(notes);
  const config = { background: 'white', font: FONT_FAMILY };
  const compiled = compile(spec as unknown as TopLevelSpec, { config, logger });
  const view = new View(parse(compiled.spec as Spec, undefined, { ast: true }), {
    expr: expressionInterpreter,
    loader: NOTHING,
    logger,
    renderer: 'none',
  });
  const svg = await view.toSVG();
  const size = imageSize(Buffer.from(svg.slice(0, 2_000)), 'image/svg+xml');
  if (!size) return { ok: false, error: `it has no size: ${notes[0] ?? 'there is nothing to draw'}` };
  const { width, height } = size;
  if (width > MAX_SIDE || height > MAX_SIDE) {
    return { ok: false, error: `it would be ${width} × ${height} pixels; at most ${MAX_SIDE} × ${MAX_SIDE} are drawn` };
  }
  if (svg.length > MAX_SVG_CHARACTERS) return { ok: false, error: 'it has too many marks: aggregate the data first' };
  if (/\shref=|<image\b|<script\b|<foreignObject\b/i.test(svg)) {
    return { ok: false, error: 'it would reach for something outside of itself' };
  }
  const bytes = format === 'svg' ? Buffer.from(svg) : rasterize(svg, size);
  return { ok: true, base64: bytes.toString('base64'), notes: notes.slice(0, MAX_NOTES) };
}

const refuse = () => Promise.reject(new Error('a chart loads nothing'));

/** A loader that loads nothing and lets no link through. */
const NOTHING: Loader = { load: refuse, http: refuse, file: refuse, sanitize: refuse };

/** What Vega warns of is worth telling the model: it is why a chart may be empty. */
function loggerInto(notes: string[]): LoggerInterface {
  const note = (...words: readonly unknown[]) => {
    const text = words.map((word) => (word instanceof Error ? word.message : String(word))).join(' ');
    if (!notes.includes(text)) notes.push(text.slice(0, MAX_NOTE_CHARACTERS));
    return logger;
  };
  const logger = {
    level: () => logger,
    error: (...words: readonly unknown[]) => {
      throw new Error(words.map((word) => (word instanceof Error ? word.message : String(word))).join(' '));
    },
    warn: note,
    info: () => logger,
    debug: () => logger,
  } as unknown as LoggerInterface;
  return logger;
}
