/** Every value of each query parameter. */
export function queryLists(query: URLSearchParams): Readonly<Record<string, readonly string[]>> {
  const values: Record<string, string[]> = Object.create(null);
  for (const [name, value] of query) values[name] = [...(values[name] ?? []), value];
  return values;
}
