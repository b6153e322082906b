import { randomUUID } from "node:crypto";
import type Docker from "dockerode";
import { z } from "zod";
import type { VolumePrunePreview, VolumeSummary } from "../contract/index.ts";
import { type DockerModel, dockerStatus, getJson, ObjectList } from "../docker/index.ts";
import { resolveHostPath } from "../host/index.ts";
import { BerthError, type Logger, type Tunnel } from "../vm.ts";
import { checkBackup, openBackup } from "./check-backup.ts";
import { backUpFolder, fillFolder } from "./guest-tar.ts";
import { measureVolumes, readVolumes } from "./volume-list.ts";

export interface VolumesHost {
  docker: Docker;
  guest: Pick<Tunnel, "exec" | "openShell">;
  model: DockerModel;
  logger: Logger;
}

type Report = (state: { detail: string; progress: number | null }) => void;
interface Work {
  report: Report;
  signal: AbortSignal;
}

const inspectAnswer = z.object({
  Name: z.string(),
  Driver: z.string(),
  Mountpoint: z.string(),
  Options: z.record(z.string(), z.string()).nullish(),
});
const infoAnswer = z.object({ Architecture: z.string() });

/** Named places for data: who uses them, what is in them, and copies of them. */
export class Volumes {
  readonly #host: VolumesHost;
  readonly #objects: ObjectList<VolumeSummary>;
  #sizes = new Map<string, number>();

  constructor(host: VolumesHost) {
    this.#host = host;
    const { docker, model, logger } = host;
    const read = () => readVolumes(docker, this.#sizes);
    this.#objects = new ObjectList({ model, logger, idOf: (volume) => volume.id, read });
  }

  get list() {
    return this.#objects.list;
  }

  close(): void {
    this.#objects.close();
  }

  async measure(): Promise<void> {
    this.#sizes = await measureVolumes(this.#host.docker);
    await this.#objects.refresh();
  }

  async create(name: string, labels: Record<string, string>): Promise<void> {
    await this.#requireFree(name);
    await this.#host.docker.createVolume({ Name: name, Labels: labels });
  }

  async remove(name: string): Promise<void> {
    try {
      await this.#host.docker.getVolume(name).remove();
    } catch (error) {
      if (dockerStatus(error) === 409) throw await this.#inUse(name, "removed", error);
      throw error;
    }
  }

  async backUp(name: string, path: string, { report, signal }: Work): Promise<void> {
    const file = resolveHostPath(path);
    const folder = await this.#folderOf(name);
    const { Architecture } = infoAnswer.parse(await getJson(this.#host.docker, { path: "/info" }));
    const total = (await measureVolumes(this.#host.docker)).get(name) ?? 0;
    const sent = (bytes: number) =>
      report({
        detail: `${mebibytes(bytes)} MiB`,
        progress: total === 0 ? null : Math.min(0.99, bytes / total),
      });
    const { warning } = await backUpFolder(this.#host.guest, folder, file, {
      architecture: Architecture,
      sent,
      signal,
    });
    report({ detail: warning ?? file, progress: 1 });
  }

  /** Fills a folder beside the volume's own and then puts it in its place, so that it is all or nothing. */
  async restore(
    input: { name: string; path: string; replace: boolean; anyArchitecture: boolean },
    { report, signal }: Work,
  ): Promise<void> {
    const { guest, docker } = this.#host;
    const file = resolveHostPath(input.path);
    const backup = await checkBackup(
      file,
      (share) => report({ detail: "Checking the file", progress: share / 2 }),
      signal,
    );
    await this.#requireArchitecture(backup.architecture, input.anyArchitecture);
    const existed = await this.#exists(input.name);
    if (existed) await this.#requireReplaceable(input.name, input.replace);
    else await docker.createVolume({ Name: input.name });
    const folder = await this.#folderOf(input.name);
    const fresh = `${folder}.berth-${randomUUID()}`;
    try {
      await this.#inGuest(["mkdir", "--mode=755", "--", fresh]);
      const tar = await openBackup(file, (share) =>
        report({ detail: `${backup.entries} files and folders`, progress: 0.5 + share / 2 }),
      );
      await fillFolder(guest, fresh, tar, signal);
      // Somebody may have started a container meanwhile.
      if (existed) await this.#requireReplaceable(input.name, input.replace);
      const script = 'sync && mv -T -- "$0" "$1.old" && mv -T -- "$1" "$0" && rm -rf -- "$1.old"';
      await this.#inGuest(["sh", "-c", script, folder, fresh]);
    } catch (error) {
      await this.#inGuest(["rm", "-rf", "--", fresh]).catch(() => undefined);
      if (!existed)
        await docker
          .getVolume(input.name)
          .remove()
          .catch(() => undefined);
      throw error;
    }
    report({ detail: `${backup.entries} files and folders`, progress: 1 });
  }

  async clone(name: string, to: string, { report, signal }: Work): Promise<void> {
    const { guest, docker } = this.#host;
    const from = await this.#folderOf(name);
    await this.#requireFree(to);
    await docker.createVolume({ Name: to });
    report({ detail: `Copying ${name}`, progress: null });
    try {
      const folder = await this.#folderOf(to);
      // The shell prints its number and becomes cp, which a closed connection alone would not end.
      const script = 'echo $$; exec cp --archive --sparse=always -- "$0/." "$1/"';
      const session = await guest.openShell({ command: ["sh", "-c", script, from, folder] });
      let pid = "";
      session.stream.on("data", (chunk: Buffer) => (pid += chunk.toString()));
      session.stream.end();
      const said: string[] = [];
      session.stderr.on("data", (chunk: Buffer) => said.push(chunk.toString()));
      const stop = () =>
        void guest.exec(["kill", "-KILL", pid.trim()]).then(
          () => session.close(),
          () => session.close(),
        );
      signal.addEventListener("abort", stop, { once: true });
      const { exitCode } = await session.exit;
      signal.removeEventListener("abort", stop);
      signal.throwIfAborted();
      if (exitCode !== 0) throw copyFailed(name, said.join(""));
    } catch (error) {
      await docker
        .getVolume(to)
        .remove()
        .catch(() => undefined);
      throw error;
    }
    report({ detail: `Copied to ${to}`, progress: 1 });
  }

  /** What nobody uses, with Docker's own figures. */
  async prunePreview(all: boolean): Promise<VolumePrunePreview> {
    const sizes = await measureVolumes(this.#host.docker);
    const known = await readVolumes(this.#host.docker, sizes);
    const volumes = known
      .filter(
        ({ usedBy, anonymous, driver }) => usedBy.length === 0 && driver === "local" && (all || anonymous),
      )
      .map(({ id, sizeBytes }) => ({ id, sizeBytes: sizeBytes ?? 0 }));
    return { volumes, freedBytes: volumes.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) };
  }

  /** Removes these; Docker refuses one that a container got meanwhile, and that is kept. */
  async prune(names: readonly string[]): Promise<{ removed: number; freedBytes: number; kept: string[] }> {
    const sizes = await measureVolumes(this.#host.docker);
    const kept: string[] = [];
    let [removed, freedBytes] = [0, 0];
    for (const name of names) {
      try {
        await this.#host.docker.getVolume(name).remove();
        removed += 1;
        freedBytes += sizes.get(name) ?? 0;
      } catch (error) {
        const status = dockerStatus(error);
        if (status === 409) kept.push(name);
        else if (status !== 404) throw error;
      }
    }
    return { removed, freedBytes, kept };
  }

  /** Where a volume's files are in the guest. Only the local driver's own volumes are there all the time. */
  async #folderOf(name: string): Promise<string> {
    const { Driver, Mountpoint, Options } = inspectAnswer.parse(
      await this.#host.docker.getVolume(name).inspect(),
    );
    if (Driver === "local" && Object.keys(Options ?? {}).length === 0) return Mountpoint;
    throw new BerthError({
      code: "volume_elsewhere",
      message: `The data of ${name} is not on the VM's disk, but where its driver keeps it.`,
      hint: "Copy it from a container that uses the volume.",
    });
  }

  async #exists(name: string): Promise<boolean> {
    try {
      await this.#host.docker.getVolume(name).inspect();
      return true;
    } catch (error) {
      if (dockerStatus(error) === 404) return false;
      throw error;
    }
  }

  async #requireFree(name: string): Promise<void> {
    if (!(await this.#exists(name))) return;
    throw new BerthError({
      code: "name_in_use",
      message: `There is a volume named ${name} already.`,
      hint: "Choose another name.",
    });
  }

  async #requireReplaceable(name: string, replace: boolean): Promise<void> {
    const known = await readVolumes(this.#host.docker, new Map());
    const users = known.find(({ id }) => id === name)?.usedBy.filter(({ running }) => running) ?? [];
    if (users.length > 0) throw await this.#inUse(name, "replaced");
    const folder = await this.#folderOf(name);
    const { stdout } = await this.#host.guest.exec([
      "find",
      folder,
      "-mindepth",
      "1",
      "-maxdepth",
      "1",
      "-print",
      "-quit",
    ]);
    if (stdout.trim() === "" || replace) return;
    throw new BerthError({
      code: "volume_not_empty",
      message: `${name} is not empty.`,
      hint: "Restore into another volume, or say that what is in it may go.",
    });
  }

  async #requireArchitecture(architecture: string | null, any: boolean): Promise<void> {
    if (architecture === null || any) return;
    const { Architecture } = infoAnswer.parse(await getJson(this.#host.docker, { path: "/info" }));
    if (architecture === Architecture) return;
    throw new BerthError({
      code: "other_architecture",
      message: `This backup comes from a VM with another processor (${architecture}, this one is ${Architecture}).`,
      hint: "Files of some databases do not work there. Restore it all the same if yours do.",
    });
  }

  async #inUse(name: string, what: string, cause?: unknown): Promise<BerthError> {
    const known = await readVolumes(this.#host.docker, new Map());
    const users = known.find(({ id }) => id === name)?.usedBy.map((user) => user.name) ?? [];
    return new BerthError({
      code: "volume_in_use",
      message: `${name} cannot be ${what} while ${users.length === 0 ? "a container" : users.join(", ")} uses it.`,
      hint: what === "removed" ? "Remove the container first." : "Stop the container first.",
      cause,
    });
  }

  async #inGuest(command: string[]): Promise<void> {
    const { exitCode, stderr } = await this.#host.guest.exec(command, { timeoutMs: 120_000 });
    if (exitCode !== 0) throw copyFailed("the volume", stderr);
  }
}

function copyFailed(name: string, said: string): BerthError {
  const full = /no space left on device/i.test(said);
  return new BerthError({
    code: full ? "disk_full" : "copy_failed",
    message: full
      ? "The VM's disk is full."
      : `The data of ${name} could not be copied: ${said.split("\n", 1)[0] ?? ""}`,
    hint: full ? "Nothing was changed. Free some space on the Disk page." : "Nothing was changed. Try again.",
    cause: new Error(said),
  });
}

function mebibytes(bytes: number): string {
  return (bytes / 1_048_576).toFixed(1);
}
