import { z } from "zod";
import { BerthError, type Tunnel } from "../vm.ts";

/** What of "Inspect a container" tells where its files are (Engine API 1.45). */
export const filesAnswer = z.object({
  Id: z.string(),
  Name: z.string(),
  State: z.object({ Running: z.boolean() }),
  GraphDriver: z.object({
    Name: z.string(),
    Data: z.object({ MergedDir: z.string().optional(), UpperDir: z.string().optional() }).nullish(),
  }),
  HostConfig: z.object({ ReadonlyRootfs: z.boolean().nullish() }),
  Mounts: z
    .array(
      z.object({ Type: z.string(), Source: z.string().nullish(), Destination: z.string(), RW: z.boolean() }),
    )
    .nullish(),
});
export type FilesAnswer = z.infer<typeof filesAnswer>;

/**
 * Puts a container's files together in a mount namespace of its own, as Docker does for a copy: its layers
 * (those of a stopped one are mounted here) and its volumes. Then it runs one of busybox' own commands with
 * that as its root, so that links in the container lead nowhere else and nothing of the container is run; the
 * container cannot see the process. The mounts end with it.
 */
const viewScript = `set -eu
view=/run/berth/view
mkdir -p "$view"
access=$1 layer=$2 merged=$3 volumes=$4
shift 4
if [ -n "$merged" ]; then
  mount --bind "$merged" "$view"
  if [ "$access" = ro ]; then mount -o remount,bind,ro "$view"; fi
else
  cd "\${layer%/*}"
  layer=\${layer##*/}
  lower=$(cat "$layer/lower")
  if [ "$access" = ro ]; then mount -t overlay -o "ro,lowerdir=$layer/diff:$lower" view "$view"
  else mount -t overlay -o "lowerdir=$lower,upperdir=$layer/diff,workdir=$layer/work" view "$view"
  fi
fi
cd /
mount -t proc proc "$view/proc"
while [ "$volumes" -gt 0 ]; do
  volumes=$((volumes - 1))
  source=$1 access=$2 target=$(chroot "$view" readlink -f "$3") || target=
  shift 3
  if [ -n "$target" ] && [ -e "$view$target" ]; then
    mount --bind "$source" "$view$target"
    if [ "$access" = ro ]; then mount -o remount,bind,ro "$view$target"; fi
  fi
done
exec chroot "$view" sh -c "$@"`;

const TIMEOUT_MS = 60_000;

export interface ViewCommand {
  /** For busybox' shell, which finds only its own commands. */
  script: string;
  arguments: readonly string[];
  writing: boolean;
  maxBytes?: number;
}

/** Runs a script over a container's files; answers what it printed. Fails with what it said. */
export async function runInView(
  tunnel: Pick<Tunnel, "exec">,
  container: FilesAnswer,
  command: ViewCommand,
): Promise<string> {
  const upper = container.GraphDriver.Data?.UpperDir;
  if (container.GraphDriver.Name !== "overlay2" || upper === undefined) {
    throw new BerthError({
      code: "storage_not_supported",
      message: `The files of this container are stored by "${container.GraphDriver.Name}", which cannot be browsed.`,
      hint: "Use docker cp, or a terminal in the container.",
    });
  }
  const volumes = (container.Mounts ?? []).filter((mount) => mount.Type !== "tmpfs" && mount.Source);
  const writing = command.writing && container.HostConfig.ReadonlyRootfs !== true;
  const view = [
    writing ? "rw" : "ro",
    upper.replace(/\/diff$/, ""),
    container.State.Running ? (container.GraphDriver.Data?.MergedDir ?? "") : "",
    String(volumes.length),
    // Outer folders first, so that an inner volume is not covered.
    ...volumes
      .sort((a, b) => a.Destination.length - b.Destination.length)
      .flatMap(({ Source, Destination, RW }) => [
        Source ?? "",
        command.writing && RW ? "rw" : "ro",
        Destination,
      ]),
  ];
  const busybox = ["busybox", "unshare", "-m", "busybox", "sh", "-c", viewScript, "view", ...view];
  const result = await tunnel.exec([...busybox, command.script, "files", ...command.arguments], {
    timeoutMs: TIMEOUT_MS,
    ...(command.maxBytes === undefined ? {} : { maxBytes: command.maxBytes }),
  });
  if (result.exitCode === 0) return result.stdout;
  throw failureOf(result.stderr);
}

/** What a command of busybox complained about, in a sentence: `name: path: reason`. */
function failureOf(said: string): BerthError {
  const line = said.trim().split("\n").at(-1) ?? "";
  const reason = line.split(": ").at(-1) ?? "";
  const known: Record<string, { code: string; message: string; hint: string }> = {
    "No such file or directory": {
      code: "not_found",
      message: "There is no such file or folder in the container any more.",
      hint: "Read the folder again: it was changed meanwhile.",
    },
    "Not a directory": {
      code: "not_a_folder",
      message: "This is not a folder.",
      hint: "Open the folder that it is in.",
    },
    "Read-only file system": {
      code: "read_only",
      message: "The container may not be written to there: its root or the volume is read-only.",
      hint: "Mount it for writing to change files.",
    },
    "Resource busy": {
      code: "in_use",
      message: "Something is mounted there, which cannot be removed from inside of the container.",
      hint: "Remove the mount from the container's configuration.",
    },
  };
  const { code, message, hint } = known[reason.replace("Device or resource busy", "Resource busy")] ?? {
    code: "files_failed",
    message: `The container's files could not be worked on: ${line === "" ? "no reason was told" : line}.`,
    hint: "Try again; docker cp is another way.",
  };
  return new BerthError({ code, message, hint });
}
