import { type Data, isData, mapOf, textOf, textsOf } from "./data.ts";

/** Lists that replace instead of adding (Compose Specification, 13-merge.md). */
const replaced = new Set(["command", "entrypoint", "test"]);
/** Keys that may be written as a list or as a map. */
const listsOrMaps = new Set(["environment", "labels", "annotations", "sysctls", "extra_hosts", "args"]);
/** Lists of names that may be written as maps with options. */
const namesOrMaps = new Set(["depends_on", "networks"]);

/** Puts one service, or a part of it, over another, as `extends` and further files do. */
export function mergeOver(base: Data, over: Data): Data {
  const result: Data = { ...base };
  for (const [key, value] of Object.entries(over)) {
    result[key] = key in base ? mergeValue(key, base[key], value) : value;
  }
  return result;
}

function mergeValue(key: string, base: unknown, over: unknown): unknown {
  if (over === null || over === undefined) return base;
  if (listsOrMaps.has(key)) return { ...Object.fromEntries(mapOf(base)), ...Object.fromEntries(mapOf(over)) };
  if (namesOrMaps.has(key)) return mergeOver(namesAsMap(base), namesAsMap(over));
  if (key === "build") return mergeOver(buildAsMap(base), buildAsMap(over));
  if (isData(base) && isData(over)) return mergeOver(base, over);
  if (Array.isArray(base) && Array.isArray(over) && !replaced.has(key)) {
    return [...(base as unknown[]), ...(over as unknown[])];
  }
  return over;
}

function namesAsMap(value: unknown): Data {
  return isData(value) ? value : Object.fromEntries(textsOf(value).map((name) => [name, {}]));
}

function buildAsMap(value: unknown): Data {
  return isData(value) ? value : { context: textOf(value) ?? "." };
}
