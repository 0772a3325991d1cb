import type { Drift } from '../drift-job.ts';
import { collectChanges, type Tell } from './changes.ts';
import { type Compare, compareSchemas } from './compare-schemas.ts';
import type { Node } from './json-node.ts';
import { type Content, type Operation, type Parameter, readOpenapi } from './read-openapi.ts';
import type { Direction } from './spot.ts';

/** What has changed between two OpenAPI descriptions, as a caller sees it. Throws a sentence naming which one is none. */
export function compareOpenapi(storedText: string, liveText: string): Drift {
  const stored = read('the stored description', storedText);
  const live = read('the live description', liveText);
  const { changes, tell } = collectChanges();
  const compare = compareSchemas(stored.root, live.root, tell);
  for (const [key, { at }] of live.operations) if (!stored.operations.has(key)) tell.added(at, 'a new operation');
  for (const [key, before] of stored.operations) {
    const now = live.operations.get(key);
    if (now) compareOperation(before, now, { tell, compare });
    else tell.removed(before.at, before.deprecated ? 'an operation that was deprecated' : 'an operation', 'breaking');
  }
  return { ...changes, versions: { stored: stored.version, live: live.version } };
}

function read(which: string, text: string) {
  try {
    return readOpenapi(text);
  } catch (error) {
    throw new Error(`${which} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

interface Means {
  readonly tell: Tell;
  readonly compare: Compare;
}

function compareOperation(before: Operation, now: Operation, means: Means): void {
  const { tell } = means;
  if (now.deprecated && !before.deprecated) tell.changed(now.at, 'it is deprecated now');
  if (now.secured && !before.secured) tell.changed(now.at, 'it needs credentials now', 'breaking');
  if (!now.secured && before.secured) tell.changed(now.at, 'it needs no credentials any more');
  compareParameters(before, now, means);
  compareBodies(before, now, means);
  compareResponses(before, now, means);
}

function compareParameters(before: Operation, now: Operation, { tell, compare }: Means): void {
  const { at } = now;
  for (const [key, parameter] of now.parameters) {
    if (before.parameters.has(key)) continue;
    if (parameter.required) tell.added(at, `${named(parameter)}, which is required`, 'breaking');
    else tell.added(at, named(parameter));
  }
  for (const [key, parameter] of before.parameters) {
    const other = now.parameters.get(key);
    if (!other) {
      tell.removed(at, named(parameter), 'breaking');
      continue;
    }
    if (other.required && !parameter.required) tell.changed(at, `${named(parameter)} is required now`, 'breaking');
    if (!other.required && parameter.required) tell.changed(at, `${named(parameter)} is optional now`);
    compare(parameter.schema, other.schema, { at, what: named(parameter), direction: 'request' });
  }
}

function named({ place, name }: Parameter): string {
  return `${place} parameter "${name}"`;
}

function compareBodies({ body: before }: Operation, { at, body: now }: Operation, means: Means): void {
  const { tell } = means;
  if (now && !before)
    tell.added(at, now.required ? 'a body, which is required' : 'a body', now.required ? 'breaking' : undefined);
  if (before && !now) tell.removed(at, 'its body', 'breaking');
  if (!before || !now) return;
  if (now.required && !before.required) tell.changed(at, 'the body is required now', 'breaking');
  compareContent(before.content, now.content, { ...means, at, what: 'the body', direction: 'request' });
}

function compareResponses(before: Operation, now: Operation, means: Means): void {
  const { at } = now;
  for (const status of now.responses.keys()) {
    if (!before.responses.has(status)) means.tell.added(at, `answer ${status}`);
  }
  for (const [status, content] of before.responses) {
    const other = now.responses.get(status);
    const what = `answer ${status}`;
    if (other) compareContent(content, other, { ...means, at, what, direction: 'response' });
    else means.tell.removed(at, what, status.startsWith('2') ? 'breaking' : undefined);
  }
}

interface ContentPlace extends Means {
  readonly at: string;
  readonly what: string;
  readonly direction: Direction;
}

function compareContent(before: Content, now: Content, { tell, compare, ...place }: ContentPlace): void {
  const { at, what } = place;
  for (const type of now.keys()) if (!before.has(type)) tell.added(at, `${what} as ${type}`);
  for (const [type, schema] of before) {
    const other: Node | undefined = now.get(type);
    if (other) compare(schema, other, place);
    else tell.removed(at, `${what} as ${type}`, 'breaking');
  }
}
