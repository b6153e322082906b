import type { FileEntry } from "../../../../engine/contract/index.ts";
import { byText } from "../../../formats/text-order.ts";

/** A path joined of a folder and a name in it. */
export function childPath(folder: string, name: string): string {
  return folder === "/" ? `/${name}` : `${folder}/${name}`;
}

export function parentPath(path: string): string {
  const end = path.lastIndexOf("/");
  return end <= 0 ? "/" : path.slice(0, end);
}

/** The folders that lead to a path, the root first. */
export function crumbsOf(path: string): { name: string; path: string }[] {
  const parts = path.split("/").filter((part) => part !== "");
  return [
    { name: "/", path: "/" },
    ...parts.map((name, index) => ({ name, path: `/${parts.slice(0, index + 1).join("/")}` })),
  ];
}

/** Permissions as `ls -l` writes them. */
export function modeWords({ kind, mode }: FileEntry): string {
  const kinds = { file: "-", directory: "d", symlink: "l", device: "c", pipe: "p", socket: "s" } as const;
  const bits = "rwxrwxrwx".split("").map((letter, place) => ((mode >> (8 - place)) & 1 ? letter : "-"));
  if (mode & 0o4000) bits[2] = bits[2] === "x" ? "s" : "S";
  if (mode & 0o2000) bits[5] = bits[5] === "x" ? "s" : "S";
  if (mode & 0o1000) bits[8] = bits[8] === "x" ? "t" : "T";
  return kinds[kind] + bits.join("");
}

export type FileOrder = "name" | "size" | "modified";

/** Folders first, then in the order asked for. */
export function sortedEntries(
  entries: readonly FileEntry[],
  order: FileOrder,
  descending: boolean,
): FileEntry[] {
  const sign = descending ? -1 : 1;
  const rank = (entry: FileEntry): number => (entry.kind === "directory" ? 0 : 1);
  const compare = (a: FileEntry, b: FileEntry): number => {
    if (order === "size") return b.sizeBytes - a.sizeBytes;
    if (order === "modified") return Date.parse(b.modifiedAt) - Date.parse(a.modifiedAt);
    return byText.compare(a.name, b.name);
  };
  return [...entries].sort(
    (a, b) => rank(a) - rank(b) || sign * compare(a, b) || byText.compare(a.name, b.name),
  );
}
