import { Ajv } from 'ajv';

/** What is wrong with a JSON Schema that a file holds, in a few words; undefined = it can be used. */
export function checkJsonSchema(schema: Readonly<Record<string, unknown>>): string | undefined {
  try {
    new Ajv({ strict: false, logger: false }).compile(schema);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
