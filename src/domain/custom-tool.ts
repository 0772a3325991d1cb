import type { Reference } from './secret.ts';

/** A tool of `tools/<name>/`; texts of its templates are rendered over `input` and, in a chain, over `steps`. */
export type CustomTool = HttpTool | ChainTool | HandlerTool;

interface Common {
  readonly name: string;
  readonly description: string;
  /** Relative to the bundle's folder. */
  readonly file: string;
  /** JSON Schema of the arguments: an object. */
  readonly inputSchema: Readonly<Record<string, unknown>>;
}

/** One request of a connection, judged and sent as the tool `request` would. */
export interface HttpTool extends Common {
  readonly type: 'http';
  readonly connection: string;
  readonly method: string;
  /** `/path/{argument}`: an argument stands for exactly one segment. */
  readonly endpoint: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** Calls of other tools, one after the other; each of them passes the gate by itself. */
export interface ChainTool extends Common {
  readonly type: 'chain';
  readonly steps: readonly ChainStep[];
  /** Undefined = what the last step answered. */
  readonly result?: unknown;
}

export interface ChainStep {
  readonly name: string;
  readonly tool: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** A program that runs in a child process of its own. */
export interface HandlerTool extends Common {
  readonly type: 'handler';
  /** What its file says; a file that says nothing has written `write`. */
  readonly effect: 'read' | 'write';
  /** Relative to the bundle's folder. */
  readonly handler: string;
  /** SHA-256 of the program when the bundle was loaded, lower hex: no other one runs. */
  readonly handlerHash: string;
  /** All variables that it gets. */
  readonly env: Readonly<Record<string, Reference>>;
  /** Undefined = as long as any tool call may take. */
  readonly timeoutSeconds?: number;
}

/** A list of tools with those that its chains call; undefined (= all) stays undefined. */
export function withChainSteps(
  customTools: ReadonlyMap<string, CustomTool>,
  tools: readonly string[] | undefined,
): readonly string[] | undefined {
  return tools?.flatMap((name) => {
    const tool = customTools.get(name);
    return tool?.type === 'chain' ? [name, ...tool.steps.map((step) => step.tool)] : [name];
  });
}
