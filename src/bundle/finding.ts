import type { Severity } from '../domain/diagnostic.ts';

/** The way to a value inside a file: keys and list indexes from the outermost object. */
export type Path = readonly (string | number)[];

/** A diagnostic before its line and column are known. */
export interface Finding {
  readonly severity: Severity;
  readonly code: string;
  readonly message: string;
  readonly path: Path;
  /** What of the path is meant; a number is an offset into the text, `syntax` and `duplicates` are looked up in it. */
  readonly at: 'value' | 'key' | 'syntax' | 'duplicates' | number;
}

/** A finding that keeps its file out of force; the message is preceded by the dotted path. */
export function errorAt(path: Path, code: string, message: string): Finding {
  return { severity: 'error', code, message: withSubject(path, message), path, at: 'value' };
}

/** A finding that people should know of; the message is preceded by the dotted path. */
export function warningAt(path: Path, code: string, message: string): Finding {
  return { severity: 'warning', code, message: withSubject(path, message), path, at: 'value' };
}

/** `webhookAuth.secret[0]`; empty for the file itself. */
export function dotted(path: Path): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    const name = /^[\w$-]+$/.test(part) ? part : JSON.stringify(part);
    return text === '' ? name : `${text}.${name}`;
  }, '');
}

/** The path of a JSON pointer as ajv writes it; numbers are list indexes. */
export function pathOfPointer(pointer: string): Path {
  if (pointer === '') return [];
  return pointer
    .slice(1)
    .split('/')
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part.replaceAll('~1', '/').replaceAll('~0', '~')));
}

/** True when one of the findings keeps the file out of force. */
export function isBroken(findings: readonly { readonly severity: Severity }[]): boolean {
  return findings.some(({ severity }) => severity === 'error');
}

/**
 * A subject that carries its own value (`schedule "0 25 * * *"`) begins with a blank and is not followed by a colon; a
 * sentence of another room that names the subject itself stays as it is.
 */
function withSubject(path: Path, message: string): string {
  const subject = dotted(path);
  if (subject === '' || message.startsWith(subject)) return message.trimStart();
  return message.startsWith(' ') ? `${subject}${message}` : `${subject}: ${message}`;
}
