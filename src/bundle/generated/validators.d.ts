// Made from src/bundle/schema by `npm run schemas`; do not edit.

/** One violation, in ajv's words; `instancePath` is a JSON pointer. */
export interface Violation {
  readonly keyword: string;
  readonly instancePath: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** A text that may be `env:NAME`; `path` is a JSON pointer. */
export interface FoundReference {
  readonly path: string;
  readonly kind: 'secret' | 'url' | 'value';
  readonly value: string;
}

/** True when the value fits; else `errors` holds every violation until the next call. References go into `this`. */
export interface Validate {
  (this: FoundReference[], value: unknown): boolean;
  readonly errors?: readonly Violation[] | null;
}

export declare const validateAmodal: Validate;
export declare const validateAutomation: Validate;
export declare const validateConnection: Validate;
export declare const validateAccess: Validate;
export declare const validateStore: Validate;
export declare const validateScript: Validate;
export declare const validateTool: Validate;
export declare const validateAgent: Validate;
export declare const validateSkill: Validate;
export declare const validateKnowledge: Validate;
