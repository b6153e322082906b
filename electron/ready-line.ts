import type { EngineMirror } from "./engine-mirror.ts";

/**
 * Prints `ready <address of the Docker socket>` once, when the window is up and the VM runs. Whoever
 * started us may have closed the pipe; that is not our failure.
 */
export function printReadyLine(mirror: EngineMirror, shown: Promise<void>): void {
  process.stdout.on("error", () => undefined);
  process.stderr.on("error", () => undefined);
  let visible = false;
  let printed = false;
  const check = (): void => {
    const status = mirror.status;
    if (printed || !visible || status?.state !== "running") return;
    printed = true;
    const scheme = process.platform === "win32" ? "npipe" : "unix";
    process.stdout.write(`ready ${scheme}://${status.docker.socket}\n`);
  };
  mirror.on("change", check);
  void shown.then(() => {
    visible = true;
    check();
  });
}
