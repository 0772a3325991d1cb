/** True when brackets outside of strings open more than `most` times at once. Whatever stands in the text: one pass. */
export function isNestedDeeper(text: string, most: number): boolean {
  if (!hasMoreBrackets(text, most)) return false;
  let depth = 0;
  let inString = false;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (inString) {
      if (code === 0x5c) index += 1;
      else if (code === 0x22) inString = false;
    } else if (code === 0x22) inString = true;
    else if (code === 0x5b || code === 0x7b) {
      depth += 1;
      if (depth > most) return true;
    } else if (code === 0x5d || code === 0x7d) depth -= 1;
  }
  return false;
}

/** Few brackets, the rule with events, are found without looking at each character. */
function hasMoreBrackets(text: string, most: number): boolean {
  let found = 0;
  for (const bracket of ['[', '{']) {
    for (let index = text.indexOf(bracket); index >= 0; index = text.indexOf(bracket, index + 1)) {
      found += 1;
      if (found > most) return true;
    }
  }
  return false;
}
