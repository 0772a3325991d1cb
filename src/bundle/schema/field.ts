import Type from 'typebox';

/** An object whose unknown keys are errors; each key is documented by its own description. */
export function closed<Properties extends Type.TProperties>(properties: Properties, description: string) {
  return Type.Object(properties, { additionalProperties: false, description });
}

/** A shape with a name of its own: written and compiled once, however often it is used. */
export function named<const Name extends string, Shape extends Type.TSchema>(name: Name, shape: Shape) {
  return Type.Cyclic({ [name]: shape } as { [key in Name]: Shape }, name);
}

/** Text that is not empty. */
export function text(description: string) {
  return Type.String({ minLength: 1, description });
}

/** `env:NAME` or a literal that nobody else should know; resolved at load, redacted everywhere. */
export function secret(description: string) {
  return Type.String({
    minLength: 1,
    description: `${description} \`env:NAME\` or a literal.`,
    'x-reference': 'secret',
  });
}

/** `env:NAME` or a literal `http(s)` URL; resolved and checked at load. */
export function url(description: string) {
  return Type.String({ minLength: 1, description: `${description} \`env:NAME\` or a literal.`, 'x-reference': 'url' });
}

/** `env:NAME` or a literal that is no secret: resolved at load, shown as it is. */
export function value(description: string) {
  return Type.String({
    minLength: 1,
    description: `${description} \`env:NAME\` or a literal.`,
    'x-reference': 'value',
  });
}

/** Exactly `true` or `false`: never text, never a number. */
export function flag(description: string) {
  return Type.Boolean({ description });
}

/** One of a few words. */
export function choice<const Words extends string[]>(words: readonly [...Words], description: string) {
  return Type.Enum([...words] as [...Words], { description });
}

/** A whole number within bounds, the unit in the description. */
export function count(bounds: { readonly minimum: number; readonly maximum?: number }, description: string) {
  return Type.Integer({ ...bounds, description });
}

/** A whole number of days from 1 on, or `null` for no end. */
export function days(description: string) {
  return Type.Union([Type.Integer({ minimum: 1, maximum: 36_500 }), Type.Null()], { description });
}

/** A number above zero, the unit in the description. */
export function amount(description: string) {
  return Type.Number({ exclusiveMinimum: 0, description });
}

/** A list of names or other non-empty texts. */
export function texts(description: string) {
  return Type.Array(Type.String({ minLength: 1 }), { description });
}

/** Any JSON object, kept as it is written. */
export function anyObject(description: string) {
  return Type.Record(Type.String(), Type.Unknown(), { description });
}

/** The `$schema` line that gives an editor completion; has no meaning here. */
export const SCHEMA_LINE = Type.Optional(Type.String({ description: 'Path or URL of this JSON Schema, for editors.' }));
