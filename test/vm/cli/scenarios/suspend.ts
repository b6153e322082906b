import { describe, expect, test } from "vitest";
import type { Berth } from "../support/berth.ts";
import { Counter } from "../support/counter.ts";
import { freePort, servedPage } from "../support/network.ts";
import { processLives } from "../support/program.ts";

/** Long enough that a clock which stood still would be seen to be wrong. */
const suspendedMs = 3000;

/** The VM saved to disk and brought back. */
export function suspendScenarios(berth: () => Berth): void {
  describe("suspend and resume", () => {
    test("everything is where it was: processes, ports, and the clock is right", async () => {
      const port = await freePort();
      const counter = await Counter.start(berth(), "suspended-counter");
      await berth().docker(["run", "-d", "--name", "suspended-page", "-p", `${port}:80`, "berth/welcome"]);
      await servedPage(port);
      const before = await berth().status();
      const startedAt = await counter.startedAt();

      expect(await berth().json(["suspend"])).toMatchObject({ state: "suspended", vm: { pid: null } });
      expect(processLives(before.vm.pid ?? 0)).toBe(false);
      await new Promise((resolve) => setTimeout(resolve, suspendedMs));

      expect(await berth().json(["resume"])).toMatchObject({ state: "running", lastStart: "resumed" });
      const hostBefore = Date.now();
      const guest = Number((await berth().done(["ssh", "--", "date", "+%s%3N"])).stdout);
      const hostAfter = Date.now();
      expect(guest).toBeGreaterThan(hostBefore - 1000);
      expect(guest).toBeLessThan(hostAfter + 1000);
      expect(await servedPage(port)).toContain("<html");
      await counter.moved(await counter.numbers());
      expect(await counter.startedAt()).toBe(startedAt);
      await berth().docker(["rm", "-f", "suspended-page"]);
      await counter.remove();
    });

    test("asking twice is fine, and start resumes", async () => {
      await berth().done(["suspend"]);
      await berth().done(["suspend"]);
      expect(await berth().json(["start"])).toMatchObject({ state: "running", lastStart: "resumed" });
      await berth().done(["resume"]);
    });

    test("pause halts the VM, unpause lets it go on", async () => {
      const counter = await Counter.start(berth(), "paused");
      expect(await berth().json(["pause"])).toMatchObject({ state: "paused" });
      expect(await berth().json(["unpause"])).toMatchObject({ state: "running" });
      await counter.moved(await counter.numbers());
      await counter.remove();
    });
  });
}
