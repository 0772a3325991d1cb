import { findNodeAtLocation, parseTree } from 'jsonc-parser';
import type { Place } from '../domain/right.ts';
import { lineAndColumn } from './line-column.ts';
import type { SourceFile } from './source-file.ts';

/** Where something stands; lines count from 1. `exact` is false when the keys are not in the file. */
export interface Line {
  readonly file: string;
  readonly line?: number;
  readonly exact: boolean;
}

/** Where a place is among the files that were read: in the file itself, or else where it is inherited from. */
export function findLine(files: ReadonlyMap<string, SourceFile>, place: Place): Line {
  const own = lineIn(files, place);
  if (own?.exact || !place.otherwise) return own ?? { file: place.file, exact: false };
  const inherited = findLine(files, place.otherwise);
  if (inherited.exact || (!own && files.has(inherited.file))) return inherited;
  return own ?? { file: place.file, exact: false };
}

/** Undefined when there is no such file. */
function lineIn(files: ReadonlyMap<string, SourceFile>, { file: name, path }: Place): Line | undefined {
  const names = [name, `amodal/${name}`, name.replace(/access\.json$/, 'policy.json')];
  const file = names.find((one) => files.has(one));
  if (file === undefined) return undefined;
  const text = file.endsWith('.json') ? (files.get(file)?.text ?? '') : '';
  const line = lineOf(text, path, path.length);
  return { file, line: line ?? nearestLine(text, path), exact: line !== undefined };
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
