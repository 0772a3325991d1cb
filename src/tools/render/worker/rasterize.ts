import { Resvg } from '@resvg/resvg-js';
import { FONT_FAMILY, FONTS } from './fonts.ts';

const MAX_PIXELS = 16_000_000;
const SCALE = 2;

/** An SVG picture as PNG, twice its size where that is not too large. It loads nothing; links to pictures are refused before. */
export function rasterize(svg: string, { width, height }: { readonly width: number; readonly height: number }): Buffer {
  const scale = Math.min(SCALE, Math.sqrt(MAX_PIXELS / (width * height)));
  const resvg = new Resvg(svg, {
    fitTo: { mode: 'zoom', value: scale },
    background: 'white',
    font: {
      fontFiles: [FONTS.regular, FONTS.bold],
      defaultFontFamily: FONT_FAMILY,
      sansSerifFamily: FONT_FAMILY,
      // Letters that the own fonts do not have (Chinese, Thai, …) come from the machine's, if any.
      loadSystemFonts: /[\u0500-\u1dff\u2c00-\uffff]/.test(svg),
    },
  });
  return resvg.render().asPng();
}
