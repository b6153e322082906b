import type { LogSource } from "../contract/index.ts";
import { tailFile, type TailOptions } from "../logging/tail.ts";
import { LineSplitter } from "../text/line-splitter.ts";
import { untilLost } from "../text/until-lost.ts";
import type { EngineMachine } from "./engine-machine.ts";

/** Where the guest keeps dockerd's log (docs/guest-image.md). */
const DOCKERD_LOG = "/var/log/berth/dockerd.log";

/** The lines of one of the VM's logs, or of the engine's own. */
export async function openVmLog(
  machine: Pick<EngineMachine, "logFile" | "tunnel">,
  engineLog: string,
  source: LogSource,
  options: TailOptions,
): Promise<AsyncIterable<string>> {
  if (source === "engine") return tailFile(engineLog, options);
  if (source !== "dockerd") return tailFile(machine.logFile(source), options);
  const follow = options.follow ? ["-F"] : [];
  const command = ["tail", "-n", String(options.tailLines), ...follow, DOCKERD_LOG];
  const shell = await machine.tunnel.openShell({ command });
  return guestLines(shell.stream, () => shell.close(), options.signal);
}

async function* guestLines(
  chunks: AsyncIterable<Buffer>,
  close: () => void,
  signal: AbortSignal,
): AsyncGenerator<string, void, void> {
  const splitter = new LineSplitter();
  signal.addEventListener("abort", close, { once: true });
  if (signal.aborted) close();
  try {
    for await (const chunk of untilLost(chunks)) yield* splitter.push(chunk);
    yield* splitter.flush();
  } finally {
    signal.removeEventListener("abort", close);
    close();
  }
}
