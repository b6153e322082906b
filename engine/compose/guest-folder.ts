import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { pack, type Pack } from "tar-stream";
import { z } from "zod";
import { BerthError, type Tunnel } from "../vm.ts";
import type { Inventory, InventoryEntry } from "./inventory.ts";
import type { GuestLayout } from "./layout.ts";

export type GuestTunnel = Pick<Tunnel, "exec" | "openShell">;

/** What is in the guest, as one line for each path: equal lines need no copying. */
const manifestSchema = z.object({ version: z.literal(1), entries: z.record(z.string(), z.string()) });
type Manifest = z.infer<typeof manifestSchema>["entries"];

interface GuestText {
  path: string;
  text: string;
}

/** The files of one project in the guest. */
export class GuestFolder {
  readonly #tunnel: GuestTunnel;
  readonly #layout: GuestLayout;

  constructor(tunnel: GuestTunnel, layout: GuestLayout) {
    this.#tunnel = tunnel;
    this.#layout = layout;
  }

  /** Writes small files of our own, readable by root only. */
  async write(texts: readonly GuestText[], signal: AbortSignal): Promise<void> {
    await this.#unpack(async (archive) => {
      for (const { path, text } of texts) {
        await entry(archive, { name: tarName(path), mode: 0o600, uid: 0, gid: 0, type: "file" }, text);
      }
    }, signal);
  }

  /** A file's text; null where there is none. */
  async read(file: string): Promise<string | null> {
    const { exitCode, stdout } = await this.#tunnel.exec(["cat", file]);
    return exitCode === 0 ? stdout : null;
  }

  /** Removes everything of the project from the guest's disk. */
  async remove(): Promise<void> {
    await this.#tunnel.exec(["rm", "-rf", "--", this.#layout.root]);
  }

  /**
   * Makes the copies in the guest what the inventory says. Files that containers wrote stay, and so do their
   * changes to copies whose original did not change. `partial`: what the inventory does not name stays too.
   */
  async copy(
    inventory: Inventory,
    options: { partial?: boolean; report?: (copiedBytes: number, allBytes: number) => void },
    signal: AbortSignal,
  ): Promise<void> {
    const partial = options.partial === true;
    const before = await this.#manifest();
    const wanted = new Map(
      [...inventory.entries.values()].map((item) => [this.#layout.inGuest(item.path), item]),
    );
    const after: Manifest = partial ? { ...before } : {};
    for (const [place, item] of wanted) after[place] = signature(item);
    const changed = [...wanted].filter(([place]) => before[place] !== after[place]);
    const gone = Object.keys(before).filter((place) => !(place in after));
    // Something else than a file stood here before; tar does not put a file in a folder's place.
    const replaced = changed
      .map(([place]) => place)
      .filter((place) => before[place] !== undefined && kindOf(before[place]) !== kindOf(after[place]));
    await this.#removeAll([...gone, ...replaced], before, signal);
    if (changed.length === 0 && gone.length === 0) return;
    const allBytes = changed.reduce((sum, [, item]) => sum + item.size, 0);
    let copiedBytes = 0;
    await this.#unpack(async (archive) => {
      for (const [place, item] of changed) {
        await packItem(archive, place, item);
        copiedBytes += item.size;
        options.report?.(copiedBytes, allBytes);
      }
      const manifest = JSON.stringify({ version: 1, entries: after });
      await entry(
        archive,
        { name: tarName(this.#layout.manifest), mode: 0o600, uid: 0, gid: 0, type: "file" },
        manifest,
      );
    }, signal);
  }

  async #manifest(): Promise<Manifest> {
    const text = await this.read(this.#layout.manifest);
    if (text === null) return {};
    try {
      return manifestSchema.parse(JSON.parse(text)).entries;
    } catch {
      // Damaged, or of another version: everything is copied anew.
      return {};
    }
  }

  /** Files go; folders only when nothing else is in them, because containers may have written there. */
  async #removeAll(places: readonly string[], before: Manifest, signal: AbortSignal): Promise<void> {
    if (places.length === 0) return;
    const isFolder = (place: string) => before[place]?.startsWith("folder") ?? false;
    const files = places.filter((place) => !isFolder(place));
    const folders = places.filter(isFolder).sort((a, b) => b.length - a.length);
    const names = (list: readonly string[]) => list.map((place) => `${place}\0`).join("");
    if (files.length > 0) {
      await this.#tunnel.exec(["xargs", "-0", "rm", "-f", "--"], { stdin: names(files), signal });
    }
    if (folders.length > 0) {
      const command = ["xargs", "-0", "rmdir", "--ignore-fail-on-non-empty", "--"];
      await this.#tunnel.exec(command, { stdin: names(folders), signal });
    }
  }

  /** Sends an archive to the guest and unpacks it there. Files are written in place, so that mounts of them follow. */
  async #unpack(fill: (archive: Pack) => Promise<void>, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await this.#tunnel.exec(["mkdir", "-p", "-m", "700", this.#layout.root]);
    const command = ["tar", "-x", "-p", "--overwrite", "--numeric-owner", "-C", "/", "-f", "-"];
    const shell = await this.#tunnel.openShell({ command });
    let said = "";
    shell.stderr.setEncoding("utf8");
    shell.stderr.on("data", (text: string) => (said = (said + text).slice(-4000)));
    shell.stream.resume();
    const archive = pack();
    const end = () => shell.close();
    signal.addEventListener("abort", end, { once: true });
    try {
      const sending = pipeline(archive, shell.stream, { end: true });
      const [filled, sent] = await Promise.allSettled([
        fill(archive).then(() => archive.finalize()),
        sending,
      ]);
      const { exitCode } = await shell.exit;
      signal.throwIfAborted();
      if (exitCode !== 0) throw unpackFailed(said);
      if (filled.status === "rejected") throw filled.reason;
      if (sent.status === "rejected") throw unpackFailed(String(sent.reason));
    } finally {
      signal.removeEventListener("abort", end);
      archive.destroy();
      shell.close();
    }
  }
}

/** What a line of the manifest begins with. */
function kindOf(line: string | undefined): string | undefined {
  return line?.split(" ")[0];
}

function signature(item: InventoryEntry): string {
  return [item.kind, item.mode.toString(8), item.uid, item.gid, item.target || item.hash].join(" ");
}

async function packItem(archive: Pack, place: string, item: InventoryEntry): Promise<void> {
  const { mode, uid, gid, size } = item;
  const common = { name: tarName(place), mode, uid, gid };
  if (item.kind === "folder") await entry(archive, { ...common, type: "directory" }, "");
  else if (item.kind === "link") {
    await entry(archive, { ...common, type: "symlink", linkname: item.target }, "");
  } else if (item.content !== undefined) await entry(archive, { ...common, type: "file" }, item.content);
  else {
    const sink = archive.entry({ ...common, type: "file", size });
    try {
      // A file that grows meanwhile is cut at the size that was announced.
      await pipeline(size === 0 ? [] : createReadStream(item.path, { end: size - 1 }), sink);
    } catch (cause) {
      archive.destroy();
      throw new BerthError({
        code: "file_changed",
        message: `${item.path} changed while it was being copied into the VM.`,
        hint: "Try again once nothing writes to it.",
        cause,
      });
    }
  }
}

function entry(archive: Pack, header: Parameters<Pack["entry"]>[0], content: string): Promise<void> {
  return new Promise((resolve, reject) => {
    archive.entry(header, content, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}

function tarName(guestPath: string): string {
  return guestPath.replace(/^\//, "");
}

function unpackFailed(said: string): BerthError {
  const full = /no space left on device/i.test(said);
  return new BerthError({
    code: full ? "disk_full" : "copy_failed",
    message: full
      ? "The VM's disk is full, so the project's files could not be copied into it."
      : "The project's files could not be copied into the VM.",
    hint: full
      ? "Remove images or volumes that you no longer need, or grow the VM's disk; then try again."
      : "Try again. The engine's log tells more: berth logs engine.",
    cause: new Error(said),
  });
}
