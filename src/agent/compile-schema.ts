import { Ajv } from 'ajv';

/** The compiler of tool arguments and success contracts; a module of its own, because it is imported only when needed. */
export function createSchemaCompiler(): Ajv {
  return new Ajv({ allErrors: true, strict: false, ownProperties: true });
}
