import type { Connection } from '../domain/connection.ts';
import type { Env } from './check-references.ts';
import type { LazyParts } from './lazy-parts.ts';
import type { ParsedFile } from './parse-json.ts';
import type { ToolFile } from './schema/tool.ts';
import type { SourceFile } from './source-file.ts';

/** One `tools/<name>/tool.json`, read for its shape. */
export interface ParsedTool {
  readonly name: string;
  readonly source: SourceFile;
  /** `handler.mjs` beside it; undefined = there is none. */
  readonly handler?: SourceFile;
  readonly parsed: ParsedFile<ToolFile>;
}

/** What the file of a tool may refer to. */
export interface ToolSurroundings {
  readonly env: Env;
  readonly parts: LazyParts;
  /** Tools of the runtime; undefined = nobody has said. */
  readonly builtIn: readonly string[] | undefined;
  readonly stores: ReadonlySet<string>;
  readonly connections: { readonly names: ReadonlySet<string>; readonly connections: ReadonlyMap<string, Connection> };
}
