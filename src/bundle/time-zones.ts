import { didYouMean } from '../domain/did-you-mean.ts';
import { quote } from './describe-value.ts';

const checked = new Map<string, string | undefined>([['UTC', undefined]]);

/** What is wrong with the name of a zone, in words that follow its key; undefined = it is an IANA name. */
export function checkTimeZone(name: string): string | undefined {
  if (!checked.has(name)) checked.set(name, check(name));
  return checked.get(name);
}

function check(name: string): string | undefined {
  if (isTimeZone(name)) return undefined;
  const hint = didYouMean(name, Intl.supportedValuesOf('timeZone'));
  return ` ${quote(name)}: expected an IANA name like "Europe/Berlin"${hint}`;
}

/** Offsets such as `+02:00` are known to newer runtimes, but follow no wall clock. */
function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return !/^[+-]\d/.test(name);
  } catch {
    return false;
  }
}
