/** The ids after choosing from `from` to `to`, both included, in the order shown. */
export function withRange(
  chosen: ReadonlySet<string>,
  ids: readonly string[],
  from: number,
  to: number,
): ReadonlySet<string> {
  const [first, last] = from < to ? [from, to] : [to, from];
  return new Set([...chosen, ...ids.slice(first, last + 1)]);
}

/** The ids after choosing one, or letting it go where it was chosen. */
export function toggled(chosen: ReadonlySet<string>, id: string): ReadonlySet<string> {
  const next = new Set(chosen);
  if (!next.delete(id)) next.add(id);
  return next;
}
