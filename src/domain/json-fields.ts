const STRING = /"(?:[^"\\]|\\.)*"/sy;

/** An object's JSON text without some of its own fields; everything else, digits included, stays as it is written. */
export function withoutJsonFields(json: string, names: readonly string[]): string {
  const text = json.trim();
  if (names.length === 0 || !text.startsWith('{') || !text.endsWith('}')) return json;
  const kept = membersOf(text).filter((member) => !names.includes(nameOf(member)));
  return `{${kept.join(',')}}`;
}

/** Whether an object in a JSON text has a key twice: of such a text two readers may take two things. It is known to parse. */
export function hasDuplicateKeys(json: string): boolean {
  const outside = json.replaceAll(new RegExp(STRING.source, 'gs'), '');
  return outside.split(':').length - 1 > countKeys(JSON.parse(json));
}

function countKeys(value: unknown): number {
  if (value === null || typeof value !== 'object') return 0;
  const own = Array.isArray(value) ? 0 : Object.keys(value).length;
  return Object.values(value).reduce((sum: number, field) => sum + countKeys(field), own);
}

/** The texts between the commas of the outermost object. The text is known to parse. */
function membersOf(text: string): string[] {
  const members: string[] = [];
  let depth = 0;
  let begin = 1;
  for (let at = 1; at < text.length - 1; at += 1) {
    const character = text[at];
    if (character === '"') at = endOfString(text, at) - 1;
    else if (character === '{' || character === '[') depth += 1;
    else if (character === '}' || character === ']') depth -= 1;
    else if (character === ',' && depth === 0) {
      members.push(text.slice(begin, at));
      begin = at + 1;
    }
  }
  const last = text.slice(begin, -1);
  return last.trim() === '' ? members : [...members, last];
}

function endOfString(text: string, at: number): number {
  STRING.lastIndex = at;
  return STRING.test(text) ? STRING.lastIndex : text.length;
}

function nameOf(member: string): string {
  const start = member.indexOf('"');
  const name: unknown = JSON.parse(member.slice(start, endOfString(member, start)));
  return String(name);
}
