import { lstat, readdir } from "node:fs/promises";
import path from "node:path";
import { readTemplateText } from "../../format/read-file.ts";
import { type Data, dataOf, isData, listOf, textOf, textsOf } from "../../project/data.ts";
import { mountsOf } from "../../project/services.ts";
import { staysInside } from "../../project/short-syntax.ts";
import { BerthError } from "../../../vm.ts";
import { readBytes } from "../read-bytes.ts";

/** Bytes and files that come along with a Compose file at most. */
const MAX_BYTES = 20 * 1024 * 1024;
const MAX_FILES = 500;
/** Never part of a template: version control, installed packages, keys. */
const left =
  /^(?:\.git|\.svn|\.hg|node_modules|\.DS_Store|\.env(?:\..*)?|id_(?:rsa|dsa|ecdsa|ed25519)|.*\.(?:pem|key|p12|pfx|kdbx))$/i;

/** A file or folder that a Compose file needs beside it. */
export interface Reference {
  service: string | null;
  field: string;
  path: string;
}

/** Everything beside the file that its services build from, mount or read. */
export function referencesOf(data: Data): Reference[] {
  const references: Reference[] = [];
  for (const [name, value] of Object.entries(dataOf(data["services"]))) {
    const service = dataOf(value);
    const add = (field: string, found: string | null) => {
      if (found !== null && found !== "" && !isElsewhere(found))
        references.push({ service: name, field, path: found });
    };
    const build = service["build"];
    add("build", isData(build) ? textOf(build["context"]) : textOf(build));
    for (const mount of mountsOf(service)) if (mount.type === "bind") add("volumes", mount.source);
    for (const entry of listOf(service["env_file"]))
      add("env_file", isData(entry) ? textOf(entry["path"]) : textOf(entry));
    for (const entry of textsOf(service["label_file"])) add("label_file", entry);
  }
  for (const kind of ["configs", "secrets"] as const) {
    for (const value of Object.values(dataOf(data[kind]))) {
      const file = textOf(dataOf(value)["file"]);
      if (file !== null && !isElsewhere(file)) references.push({ service: null, field: kind, path: file });
    }
  }
  return references;
}

/** Absolute paths, addresses and variables: nothing that could be copied. */
function isElsewhere(reference: string): boolean {
  return (
    /^(?:[/~\\$]|[A-Za-z]:[\\/]|[a-z][a-z0-9+.-]*:\/\/|git@)/.test(reference) || reference.includes("${")
  );
}

export interface Copied {
  files: Map<string, Uint8Array>;
  /** References that were not copied, with the reason. */
  missing: { reference: Reference; reason: string }[];
}

/** Copies what references name from a folder; links, keys and large trees stay behind and are named. */
export async function copyReferences(folder: string, references: Reference[]): Promise<Copied> {
  const collector = new Collector(folder);
  const missing: Copied["missing"] = [];
  for (const reference of references) {
    const reason = await collector.take(reference);
    if (reason !== null) missing.push({ reference, reason });
  }
  return { files: collector.files, missing };
}

class Collector {
  readonly files = new Map<string, Uint8Array>();
  readonly #folder: string;
  #bytes = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Takes what a reference names; says why where it cannot. */
  async take(reference: Reference): Promise<string | null> {
    const relative = path.posix.normalize(reference.path.replaceAll("\\", "/")).replace(/\/$/, "");
    if (!staysInside(relative)) return "it is outside of the file's folder";
    if (reference.field === "secrets") return "it holds a secret, which is no part of a template";
    if (relative === ".") return "it is the whole folder; copy what is needed into the template";
    try {
      return await this.#add(relative);
    } catch (error) {
      if (error instanceof BerthError) return error.message;
      return "it is not beside the file";
    }
  }

  async #add(relative: string): Promise<string | null> {
    const full = path.join(this.#folder, relative);
    const found = await lstat(full);
    if (found.isSymbolicLink()) return "it is a symbolic link";
    if (found.isFile()) {
      if (this.files.has(relative)) return null;
      if (this.files.size >= MAX_FILES || this.#bytes + found.size > MAX_BYTES)
        return "there is too much to copy";
      this.files.set(relative, await readBytes(full, MAX_BYTES));
      this.#bytes += found.size;
      return null;
    }
    if (!found.isDirectory()) return "it is neither a file nor a folder";
    let reason: string | null = null;
    for (const entry of (await readdir(full)).sort()) {
      if (left.test(entry)) continue;
      reason ??= await this.#add(path.posix.join(relative, entry));
    }
    return reason;
  }
}

/** Text of a file beside the Compose file; null where it is not there or not to be read. */
export async function siblingText(folder: string, relative: string): Promise<string | null> {
  if (!staysInside(relative)) return null;
  try {
    // Every folder on the way must be one, and no link that leads elsewhere.
    let at = folder;
    for (const part of path.posix.dirname(path.posix.normalize(relative)).split("/")) {
      at = path.join(at, part);
      if ((await lstat(at)).isSymbolicLink()) return null;
    }
    return await readTemplateText(path.join(folder, relative), { name: relative });
  } catch {
    return null;
  }
}
