import path from "node:path";

/** Where projects are kept on the guest's data disk; readable by root only. */
const APPS_ROOT = "/data/berth/apps";

/**
 * Where a project lies in the guest. What is copied keeps its whole path of this computer below `tree`, so that
 * relative paths in Compose files, those with `..` too, lead to the copies.
 */
export class GuestLayout {
  readonly root: string;
  readonly tree: string;
  /** Values of variables and of secrets, as Compose reads them; 0600. */
  readonly variables: string;
  readonly secrets: string;
  /** What was copied, to copy only what changed the next time. */
  readonly manifest: string;
  /** What is said otherwise than in the project's own files. */
  readonly override: string;
  readonly #windows: boolean;

  constructor(name: string, platform: NodeJS.Platform = process.platform) {
    this.root = `${APPS_ROOT}/${name}`;
    this.tree = `${this.root}/tree`;
    this.variables = `${this.root}/variables.env`;
    this.secrets = `${this.root}/secrets.env`;
    this.manifest = `${this.root}/manifest.json`;
    this.override = `${this.root}/override.json`;
    this.#windows = platform === "win32";
  }

  /** The place in the guest of an absolute path of this computer; `C:\a` becomes `…/tree/c/a`. */
  inGuest(hostPath: string): string {
    if (!this.#windows) return `${this.tree}${path.posix.normalize(hostPath)}`.replace(/\/$/, "");
    const parts = path.win32.normalize(hostPath).split("\\").filter(Boolean);
    const [drive = "", ...rest] = parts;
    return [this.tree, drive.replace(":", "").toLowerCase(), ...rest].join("/");
  }

  /** The path of this computer whose place a path in the guest is; null for one outside of `tree`. */
  onHost(guestPath: string): string | null {
    const normal = path.posix.normalize(guestPath);
    if (normal !== this.tree && !normal.startsWith(`${this.tree}/`)) return null;
    const rest = normal.slice(this.tree.length);
    if (!this.#windows) return rest === "" ? "/" : rest;
    const [drive = "", ...parts] = rest.split("/").filter(Boolean);
    return `${drive.toUpperCase()}:\\${parts.join("\\")}`;
  }

  /** Text about the guest's copies, told about the originals. */
  asOnHost(text: string): string {
    return text.replaceAll(new RegExp(`${this.tree}(/[^\\s"':,;]*)?`, "g"), (all) => this.onHost(all) ?? all);
  }
}

/** Whether a path is a folder itself or lies in it. */
export function isInside(folder: string, candidate: string): boolean {
  const relative = path.relative(folder, candidate);
  return relative === "" || (!relative.startsWith("..") && !path.isAbsolute(relative));
}
