/** A map read from YAML or JSON whose values nobody has looked at yet. */
export type Data = Record<string, unknown>;

export function isData(value: unknown): value is Data {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function dataOf(value: unknown): Data {
  return isData(value) ? value : {};
}

export function listOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  return value === undefined || value === null ? [] : [value];
}

/** A single value as text; null for lists, maps and nothing. */
export function textOf(value: unknown): string | null {
  if (typeof value === "string") return value;
  return typeof value === "number" || typeof value === "boolean" || typeof value === "bigint"
    ? String(value)
    : null;
}

export function textsOf(value: unknown): string[] {
  return listOf(value).flatMap((item) => textOf(item) ?? []);
}

/** A list of `NAME=value`, or a map, as a map; a name without a value has null. */
export function mapOf(value: unknown, separator = "="): Map<string, string | null> {
  const result = new Map<string, string | null>();
  if (isData(value)) {
    for (const [key, item] of Object.entries(value)) result.set(key, textOf(item));
    return result;
  }
  for (const item of textsOf(value)) {
    const at = item.indexOf(separator);
    if (at === -1) result.set(item, null);
    else result.set(item.slice(0, at), item.slice(at + 1));
  }
  return result;
}

/** Names from a list or from the keys of a map. */
export function namesOf(value: unknown): string[] {
  return isData(value) ? Object.keys(value) : textsOf(value);
}

/** Runs `change` over every text of a tree of data. */
export function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, change));
  if (!isData(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapTexts(item, change)]));
}

/** A copy without one key. */
export function withoutKey(data: Data, key: string): Data {
  return Object.fromEntries(Object.entries(data).filter(([name]) => name !== key));
}
