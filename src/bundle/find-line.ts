import { findNodeAtLocation, parseTree } from 'jsonc-parser';
import type { Place } from '../domain/right.ts';
import { lineAndColumn } from './line-column.ts';
import type { SourceFile } from './source-file.ts';

/** A file that is there and, if the keys stand in it, the line of the last of them; lines count from 1. */
export interface Line {
  readonly file: string;
  readonly line?: number;
}

/** Where a place is among the files that were read: in the file itself, or else where it is inherited from. */
export function findLine(files: ReadonlyMap<string, SourceFile>, place: Place): Line {
  const { path, otherwise } = place;
  const file = [place.file, `amodal/${place.file}`, place.file.replace(/access\.json$/, 'policy.json')].find((name) =>
    files.has(name),
  );
  const text = (file && files.get(file)?.text) || '';
  const found = file?.endsWith('.json') ? lineOf(text, path, path.length) : undefined;
  if (file && found !== undefined) return { file, line: found };
  const inherited = otherwise && findLine(files, otherwise);
  if (inherited?.line !== undefined) return inherited;
  const near = file?.endsWith('.json') ? nearestLine(text, path) : undefined;
  return { file: file ?? (inherited && files.has(inherited.file) ? inherited.file : place.file), line: near };
}

function nearestLine(text: string, path: Place['path']): number | undefined {
  for (let length = path.length - 1; length > 0; length--) {
    const line = lineOf(text, path, length);
    if (line !== undefined) return line;
  }
  return undefined;
}

function lineOf(text: string, path: Place['path'], length: number): number | undefined {
  const root = length > 0 ? parseTree(text, [], { disallowComments: true }) : undefined;
  const node = root && findNodeAtLocation(root, path.slice(0, length));
  const offset = node?.parent?.type === 'property' ? node.parent.offset : node?.offset;
  return offset === undefined ? undefined : lineAndColumn(text, offset).line;
}
