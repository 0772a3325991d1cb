import { answerData } from './answer-data.ts';

const BLANK = /^(\[\s*\]|\{\s*\}|null|""|```(json)?\s*\[\s*\]\s*```)$/;

/** False for a blank text, an empty list or object, and an object whose fields are all empty. */
export function saysSomething(text: string): boolean {
  const data = answerData(text);
  if (!data) return text.trim() !== '' && !BLANK.test(text.trim());
  return Object.values(data).some((value) => !isEmpty(value));
}

function isEmpty(value: unknown): boolean {
  if (value === null || value === '' || value === 0 || value === false) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}
