import { Readable, type Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { writeStream } from "../host/index.ts";
import { BerthError, systemCode, type Tunnel } from "../vm.ts";
import { ARCHITECTURE_KEY } from "./check-backup.ts";

type Guest = Pick<Tunnel, "exec" | "openShell">;

/** Everything about a file that Linux keeps: owner by number, mode, links, times to the nanosecond, attributes. */
const FAITHFUL = ["--numeric-owner", "--xattrs", "--xattrs-include=*", "--acls", "--sparse"];

/** Writes a folder of the guest to a tar of this computer. */
export async function backUpFolder(
  guest: Guest,
  folder: string,
  file: string,
  options: { architecture: string; sent: (bytes: number) => void; signal: AbortSignal },
): Promise<{ warning: string | null }> {
  const header = `${ARCHITECTURE_KEY}=${options.architecture},delete=atime,delete=ctime`;
  const { session, said, stop } = await startTar(guest, [
    ...["--create", "--format=posix", `--pax-option=${header}`],
    ...[...FAITHFUL, "-C", folder, "."],
  ]);
  session.stream.end();
  try {
    // The exit code comes with the last bytes: a file that tar did not finish must not get its name.
    const complete = checked(session.stream, session.exit, said, options.sent);
    await writeStream(file, complete.stream, options.signal);
    return { warning: complete.warning() };
  } catch (error) {
    await stop();
    throw error;
  } finally {
    session.close();
  }
}

/** The stream, which ends well only when tar did. tar's 1 means that a file changed while it was read. */
function checked(
  source: Readable,
  exit: Promise<{ exitCode: number }>,
  said: () => string,
  sent: (bytes: number) => void,
): { stream: Readable; warning: () => string | null } {
  let warning: string | null = null;
  async function* read() {
    let bytes = 0;
    for await (const chunk of source) {
      const data = chunk as Buffer;
      sent((bytes += data.length));
      yield data;
    }
    const { exitCode } = await exit;
    if (exitCode === 1)
      warning = "Some files changed while they were read; stop what writes to them for an exact copy.";
    if (exitCode > 1) throw tarFailed("backed up", said());
  }
  return { stream: Readable.from(read(), { objectMode: false }), warning: () => warning };
}

/** Fills an empty folder of the guest from the streams of a tar. */
export async function fillFolder(
  guest: Guest,
  folder: string,
  tar: readonly [Readable, ...Transform[]],
  signal: AbortSignal,
): Promise<void> {
  const { session, said, stop } = await startTar(guest, [
    ...["--extract", "--preserve-permissions", "--same-owner"],
    ...[...FAITHFUL, "-C", folder, "-f", "-"],
  ]);
  session.stream.resume();
  const onAbort = () => void stop();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    // tar leaves at the archive's end mark, and what pads the file after it then finds no reader.
    void pipeline([...tar, session.stream], { signal }).catch(() => undefined);
    const { exitCode } = await session.exit;
    signal.throwIfAborted();
    if (exitCode !== 0) throw tarFailed("restored", said());
    const failed = tar.find((stream) => stream.errored !== null)?.errored;
    if (failed instanceof Error && !leftByReader(failed)) throw failed;
  } finally {
    signal.removeEventListener("abort", onAbort);
    for (const stream of tar) stream.destroy();
    session.close();
  }
}

/** What the sending side sees when tar ends first. */
function leftByReader(error: Error): boolean {
  return ["EPIPE", "ERR_STREAM_PREMATURE_CLOSE", "ABORT_ERR"].includes(systemCode(error) ?? "");
}

interface RunningTar {
  session: Awaited<ReturnType<Tunnel["openShell"]>>;
  /** What it said so far. */
  said: () => string;
  /** Ends it at once; a closed connection alone would not. */
  stop: () => Promise<void>;
}

async function startTar(guest: Guest, words: string[]): Promise<RunningTar> {
  // The shell tells its process id and becomes tar.
  const session = await guest.openShell({
    command: ["sh", "-c", 'echo "$$" >&2; exec tar "$@"', "tar", ...words],
  });
  let text = "";
  session.stderr.on("data", (chunk: Buffer) => (text = (text + chunk.toString("utf8")).slice(0, 8000)));
  return {
    session,
    said: () => text.slice(text.indexOf("\n") + 1),
    stop: async () => {
      const pid = /^\d+/.exec(text)?.[0];
      if (pid !== undefined)
        await guest.exec(["kill", "-KILL", pid], { timeoutMs: 10_000 }).catch(() => undefined);
      session.close();
    },
  };
}

function tarFailed(what: string, said: string): BerthError {
  if (/no space left on device/i.test(said)) {
    return new BerthError({
      code: "disk_full",
      message: `The volume could not be ${what}: the VM's disk is full.`,
      hint: "Nothing was changed. Free some space on the Disk page, then try again.",
    });
  }
  const line = said.split("\n").find((one) => one.trim() !== "") ?? "tar ended without saying why";
  return new BerthError({
    code: "tar_failed",
    message: `The volume could not be ${what}: ${line.replace(/^tar: /, "")}.`,
    hint: "Nothing was changed. Try again.",
    cause: new Error(said),
  });
}
