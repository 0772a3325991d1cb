/** A call in the one form that the gate judges: normalised by the tool, nothing left to interpret. */
export type ConcreteCall = HttpCall | StoreCall | MemoryCall | LocalCall | ToolCall;

export interface HttpCall {
  readonly kind: 'http';
  readonly connection: string;
  /** Exact upper-case method. */
  readonly method: string;
  /** Path below the connection's base URL, leading `/`, no query. */
  readonly path: string;
  readonly query: Readonly<Record<string, string | readonly string[]>>;
  /** The headers that the model asked for, before the allow-list. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** What the parsed document of a GraphQL request does; `unclear` covers everything that is not one plain document. */
  readonly graphql?: 'query' | 'mutation' | 'subscription' | 'unclear';
  /** The fields that a GraphQL document gives other names. */
  readonly renames?: readonly string[];
  /** The tool that makes it, where it is not `request`: a tool of the bundle whose connection and path stand in Git. */
  readonly tool?: string;
  /** The model's own word; can only tighten. */
  readonly intent?: 'read' | 'write';
}

export interface StoreCall {
  readonly kind: 'store';
  readonly store: string;
  readonly verb: 'get' | 'list' | 'put' | 'delete';
}

/** A call about the automation's own notes. */
export interface MemoryCall {
  readonly kind: 'memory';
  readonly tool: string;
  readonly effect: 'read' | 'write';
}

/** A tool that reads what the bundle holds (knowledge, skills), or hands work to a sub-agent. */
export interface LocalCall {
  readonly kind: 'local';
  readonly tool: string;
}

/** Any other tool; `effect` comes from the file that declares it, never from the tool's server. */
export interface ToolCall {
  readonly kind: 'tool';
  readonly tool: string;
  readonly effect: 'read' | 'write';
  /** The connection that it reaches; must be one of the run's. */
  readonly connection?: string;
  /** Of a message: whom it goes to, each as the connection's access file has to list it. */
  readonly recipients?: readonly string[];
}
