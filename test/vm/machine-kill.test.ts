import { describe, expect, it } from "vitest";
import type { MachineProgress } from "../../vm/host/index.ts";
import { ping } from "./support/containers.ts";
import { useSharedMachine } from "./support/machine.ts";

const under = useSharedMachine();

/** Kills QEMU when the suspend tells of a step for the first time; resolves when the suspend has ended. */
async function killedInSuspend(when: (progress: MachineProgress) => boolean): Promise<void> {
  const pid = under.machine.snapshot().pid ?? 0;
  const onProgress = (progress: MachineProgress) => {
    if (progress.transition !== "suspend" || !when(progress)) return;
    under.machine.off("progress", onProgress);
    process.kill(pid, "SIGKILL");
  };
  under.machine.on("progress", onProgress);
  await under.machine.suspend().catch(() => undefined);
}

describe("QEMU killed while it is being suspended", () => {
  it("before the state is whole: no state is left, and the VM comes back by itself", async () => {
    await under.machine.tunnel.exec(["sh", "-c", "echo kept >/data/killed && sync /data/killed"]);
    await killedInSuspend(({ phase }) => phase === "save");
    expect(under.machine.snapshot().suspendedBytes).toBeNull();
    await under.machine.start();
    expect(under.machine.snapshot()).toMatchObject({ state: "running", lastStart: "cold" });
    expect((await under.machine.tunnel.exec(["cat", "/data/killed"])).stdout).toBe("kept\n");
  });

  it("after that: it is suspended all the same", async () => {
    await killedInSuspend(({ phase }) => phase === "end");
    expect(under.machine.snapshot()).toMatchObject({ state: "suspended", pid: null });
    expect(await ping(under.docker)).toBe("OK");
    expect(under.machine.snapshot()).toMatchObject({ state: "running", lastStart: "resumed" });
  });
});
