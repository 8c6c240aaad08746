// Which attributes come in ranges; every other one whole, however long.
const RANGED = new Set(['member', 'memberof', 'proxyaddresses']);

/** Cuts the values of an attribute asked for as `name` or `name;range=from-to` to at most `size`, and answers what the answer calls them. */
export function inRange(
  asked: string,
  spelt: string,
  held: readonly Buffer[],
  size: number,
): { readonly name: string; readonly values: readonly Buffer[] } {
  const [name = '', option] = asked.split(';range=');
  const from = Number(option?.split('-')[0] ?? 0);
  const values = RANGED.has(name.toLowerCase()) ? held.slice(from, from + size) : held;
  const last = from + values.length >= held.length;
  return {
    name: last && from === 0 ? spelt : `${spelt};range=${from}-${last ? '*' : from + values.length - 1}`,
    values,
  };
}
