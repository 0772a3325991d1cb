/**
 * A secret or URL as it stands in a file: `env:NAME` or a literal. It travels in this form through every room and
 * becomes a string only at the last hop, by `Secrets.resolve`.
 */
export type Reference = string;

const ENV_REFERENCE = /^env:([A-Za-z_][A-Za-z0-9_]*)$/;

/** The variable that `env:NAME` names, or undefined for a literal. */
export function variableOf(reference: Reference): string | undefined {
  return ENV_REFERENCE.exec(reference)?.[1];
}

/** What a reference may be called in logs and errors: the variable's name, never a value. */
export function describeReference(reference: Reference): string {
  return variableOf(reference) ? reference : '(literal value in the file)';
}
