/** Leading characters by which a form is looked up; no form is shorter. */
const KEY_LENGTH = 4;
const SLOTS = 1 << 16;

export interface FormHit<Form> {
  readonly form: Form;
  readonly start: number;
  readonly end: number;
}

/** Makes the function that finds all of many texts in one pass, overlaps included, in the order in which they begin. */
export function createFormIndex<Form extends { readonly text: string }>(
  forms: readonly Form[],
): (text: string) => readonly FormHit<Form>[] {
  const slots = new Uint8Array(SLOTS);
  const byKey = new Map<string, Form[]>();
  for (const form of forms.filter(({ text }) => text.length >= KEY_LENGTH)) {
    const key = form.text.slice(0, KEY_LENGTH);
    slots[slotOf([...Array(KEY_LENGTH).keys()].reduce((last, at) => next(last, key, at), 0))] = 1;
    byKey.set(key, [...(byKey.get(key) ?? []), form]);
  }
  return (text) => {
    const hits: FormHit<Form>[] = [];
    let last = 0;
    for (let at = 0; at < text.length; at += 1) {
      last = next(last, text, at);
      if (slots[slotOf(last)] === 0) continue;
      const start = at + 1 - KEY_LENGTH;
      for (const form of byKey.get(text.slice(Math.max(0, start), at + 1)) ?? []) {
        if (text.startsWith(form.text, start)) hits.push({ form, start, end: start + form.text.length });
      }
    }
    return hits;
  };
}

/** Holds the last four characters and nothing of those before. */
function next(last: number, text: string, at: number): number {
  return (last << 8) ^ (text.charCodeAt(at) & 0xff);
}

function slotOf(last: number): number {
  return Math.imul(last, 0x9e3779b1) >>> 16;
}
