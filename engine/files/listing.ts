import { randomUUID } from "node:crypto";
import path from "node:path";
import type { FileEntry, FileKind, Folder } from "../contract/index.ts";
import type { Tunnel } from "../vm.ts";
import { type FilesAnswer, runInView } from "./guest-view.ts";

const ENTRIES_LISTED = 20_000;
/** Enough for several times as many entries as are listed. */
const MAX_BYTES = 32 * 1024 * 1024;

/**
 * Prints the folder's real path and one record for each entry. Records are told apart by a word made up for
 * each call, because a name may hold every character but "/" and zero. A name that vanishes meanwhile is no
 * failure. There is no /dev in the view to
 * send its complaint to.
 */
const listScript = `cd -P -- "$2" || exit 1
printf '%s%s' "$1" "$PWD"
find . -mindepth 1 -maxdepth 1 -print0 | xargs -0 -r stat -c "$1%f %s %Y %u %g %n$1%N" 2>&-
true`;

export async function listFolder(
  tunnel: Pick<Tunnel, "exec">,
  container: FilesAnswer,
  folder: string,
): Promise<Folder> {
  const mark = `\u001e${randomUUID()} `;
  const printed = await runInView(tunnel, container, {
    script: listScript,
    arguments: [mark, folder],
    writing: false,
    maxBytes: MAX_BYTES,
  });
  const [, real = folder, ...records] = printed.split(mark);
  const entries: FileEntry[] = [];
  // A record is two fields; what was cut off at the end has one.
  for (let index = 0; index + 1 < records.length; index += 2) {
    const entry = parseEntry(records[index] ?? "", records[index + 1] ?? "");
    if (entry !== null) entries.push(entry);
  }
  return {
    path: real.replace(/\n$/, ""),
    entries: entries.slice(0, ENTRIES_LISTED),
    omitted: Math.max(0, entries.length - ENTRIES_LISTED),
  };
}

function parseEntry(facts: string, quoted: string): FileEntry | null {
  const match = /^([0-9a-f]+) (\d+) (-?\d+) (\d+) (\d+) \.\/([\s\S]*)$/.exec(facts);
  if (match === null) return null;
  const [, mode = "0", size = "0", modified = "0", uid = "0", gid = "0", name = ""] = match;
  const bits = parseInt(mode, 16);
  const kind = kindOf(bits);
  return {
    name,
    kind,
    sizeBytes: Number(size),
    mode: bits & 0o7777,
    uid: Number(uid),
    gid: Number(gid),
    modifiedAt: new Date(Number(modified) * 1000).toISOString(),
    target: kind === "symlink" ? targetOf(name, quoted) : null,
    change: null,
  };
}

/** `'./name' -> 'target'` and the line's end. */
function targetOf(name: string, quoted: string): string {
  return quoted.replace(/\n$/, "").slice(`'./${name}' -> '`.length, -1);
}

/** The type in st_mode, inode(7). */
function kindOf(mode: number): FileKind {
  const kinds: Record<number, FileKind> = {
    0o040000: "directory",
    0o120000: "symlink",
    0o010000: "pipe",
    0o140000: "socket",
    0o020000: "device",
    0o060000: "device",
  };
  return kinds[mode & 0o170000] ?? "file";
}

export interface DockerChange {
  Path: string;
  /** 0 modified, 1 added, 2 deleted. */
  Kind: number;
}

/** The folder with what differs from the image marked, and what was deleted from it added. */
export function withChanges(folder: Folder, changes: readonly DockerChange[]): Folder {
  const kinds = new Map<string, number>();
  for (const { Path, Kind } of changes) {
    if (path.posix.dirname(Path) === folder.path) kinds.set(path.posix.basename(Path), Kind);
  }
  const known = ["modified", "added", "deleted"] as const;
  const entries = folder.entries.map((entry) => ({
    ...entry,
    change: known[kinds.get(entry.name) ?? -1] ?? null,
  }));
  const present = new Set(entries.map(({ name }) => name));
  const deleted = [...kinds].filter(([name, kind]) => kind === 2 && !present.has(name));
  return { ...folder, entries: [...entries, ...deleted.map(([name]) => deletedEntry(name))] };
}

function deletedEntry(name: string): FileEntry {
  return {
    name,
    kind: "file",
    sizeBytes: 0,
    mode: 0,
    uid: 0,
    gid: 0,
    modifiedAt: new Date(0).toISOString(),
    target: null,
    change: "deleted",
  };
}
