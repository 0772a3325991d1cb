import { createRequire } from 'node:module';

const resolve = createRequire(import.meta.url).resolve;

/** Files of the fonts that text is drawn with: the same on every machine, with Latin, Greek and Cyrillic letters. */
export const FONTS = {
  regular: resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf'),
  bold: resolve('dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf'),
  italic: resolve('dejavu-fonts-ttf/ttf/DejaVuSans-Oblique.ttf'),
  code: resolve('dejavu-fonts-ttf/ttf/DejaVuSansMono.ttf'),
} as const;

export const FONT_FAMILY = 'DejaVu Sans';
