/** A place in the window: `#/containers/abc?tab=logs` is path ["containers", "abc"], query tab=logs. */
export interface Route {
  path: readonly string[];
  query: URLSearchParams;
}

export type Query = Record<string, string | null | undefined>;

export function parseHash(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const parts = path.split("/").filter((part) => part !== "");
  return { path: parts.map(decodePart), query: new URLSearchParams(query) };
}

export function formatHash(path: readonly string[], query: URLSearchParams | Query = {}): string {
  const entries = query instanceof URLSearchParams ? [...query] : Object.entries(query);
  const kept = entries.filter((entry): entry is [string, string] => entry[1] != null && entry[1] !== "");
  const text = new URLSearchParams(kept).toString();
  return `#/${path.map(encodeURIComponent).join("/")}${text === "" ? "" : `?${text}`}`;
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
