import { describe, expect, test } from "vitest";
import type { Berth } from "../support/berth.ts";
import { Counter } from "../support/counter.ts";
import { freePort, servedPage } from "../support/network.ts";
import { processLives, waitFor } from "../support/program.ts";

/** Parts killed without warning. */
export function crashScenarios(berth: () => Berth): void {
  describe("kill -9", () => {
    test("of the engine: VM and containers go on, and the next command adopts them", async () => {
      const port = await freePort();
      const counter = await Counter.start(berth(), "survivor");
      await berth().docker(["run", "-d", "--name", "adopted-page", "-p", `${port}:80`, "berth/welcome"]);
      const before = await berth().status();
      const startedAt = await counter.startedAt();

      process.kill(before.engine.pid, "SIGKILL");
      await waitFor("the engine to be gone", () => !processLives(before.engine.pid));
      expect(processLives(before.vm.pid ?? 0)).toBe(true);

      const after = await berth().status();
      expect(after.state).toBe("running");
      expect(after.vm.pid).toBe(before.vm.pid);
      expect(after.engine.pid).not.toBe(before.engine.pid);
      await counter.moved(await counter.numbers());
      expect(await counter.startedAt()).toBe(startedAt);
      expect(await servedPage(port)).toContain("<html");
      await berth().docker(["rm", "-f", "adopted-page"]);
      await counter.remove();
    });

    test("of QEMU: told as it is, comes back by itself, start joins (also one given up with Ctrl-C), data is there", async () => {
      const write = "echo kept | dd of=/data/file conv=fsync";
      await berth().docker(["run", "--rm", "-v", "crash:/data", "berth/welcome", "sh", "-c", write]);
      const before = await berth().status();

      process.kill(before.vm.pid ?? 0, "SIGKILL");
      const down = await waitFor("the crash to be told", async () => {
        const status = await berth().status();
        return status.state === "running" ? null : status;
      });
      expect(["stopped", "starting"]).toContain(down.state);
      expect(down.vm.pid).not.toBe(before.vm.pid);
      expect(down.problems).not.toEqual([]);

      await using interrupted = berth().open(["start"]);
      await waitFor("the start to begin", () => interrupted.stderr().includes("Starting the VM"));
      expect(await interrupted.end("SIGINT")).toBe(130);
      expect(interrupted.stderr()).toContain("goes on in the background");

      const recovered = await berth().json(["start"], { timeoutMs: 240_000 });
      expect(recovered).toMatchObject({ state: "running", lastStart: "cold" });
      expect(
        await berth().docker(["run", "--rm", "-v", "crash:/data", "berth/welcome", "cat", "/data/file"]),
      ).toBe("kept\n");
      await berth().docker(["volume", "rm", "crash"]);
    });
  });
}
