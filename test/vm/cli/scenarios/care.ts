import { describe, expect, test } from "vitest";
import type { Berth } from "../support/berth.ts";
import { waitFor } from "../support/program.ts";

/** Disk and snapshots, and a suspend that is called off. */
export function careScenarios(berth: () => Berth): void {
  test("Ctrl-C calls a suspend off, and the VM runs on", async () => {
    await using suspending = berth().open(["suspend"]);
    await waitFor("the suspend to begin", () => suspending.stderr().includes("Saving the VM to disk"));
    expect(await suspending.end("SIGINT")).toBe(130);
    // In the last moment it is too late, and it is done instead; either is a whole state.
    expect(["running", "suspended"]).toContain((await berth().status()).state);
    expect(suspending.stderr()).toMatch(/called off; the VM runs on|was done already/);
    await berth().done(["start"]);
  });

  describe("disk", () => {
    test("reclaim gives back what a removed file took", async () => {
      const write = "dd if=/dev/urandom of=/large bs=1M count=120 && sync";
      const before = (await berth().json(["disk", "usage"])) as { hostUsedBytes: number };
      await berth().docker(["run", "--rm", "berth/welcome", "sh", "-c", write]);
      const result = (await berth().json(["disk", "reclaim"])) as { hostUsedBytes: number };
      expect(result.hostUsedBytes).toBeLessThan(before.hostUsedBytes + 60 * 2 ** 20);
    });

    test("grow works while the VM runs, and a disk never shrinks", async () => {
      const { vm } = await berth().status();
      const wanted = vm.diskGiB + 2;
      await berth().done(["disk", "grow", String(wanted)]);
      const blocks = await berth().done(["ssh", "--", "stat", "-f", "-c", "%b %S", "/data"]);
      const [count = 0, size = 0] = blocks.stdout.trim().split(" ").map(Number);
      expect(count * size).toBeGreaterThan(vm.diskGiB * 2 ** 30);
      expect((await berth().done(["config", "get", "vm.diskGiB"])).stdout).toBe(`${wanted}\n`);
      const refused = await berth().run(["disk", "grow", "4"]);
      expect(refused.code).toBe(1);
      expect(refused.stderr).toContain("cannot shrink");
    });
  });

  test("a snapshot brings back what was removed, and what it replaced comes back too", async () => {
    await berth().docker(["volume", "create", "first"]);
    await berth().done(["snapshot", "create", "before"]);
    await berth().docker(["volume", "rm", "first"]);
    await berth().docker(["volume", "create", "second"]);
    const volumes = async () => (await berth().docker(["volume", "ls", "-q"])).trim().split("\n");

    await berth().done(["snapshot", "restore", "before", "--yes"], { timeoutMs: 240_000 });
    expect(await volumes()).toContain("first");
    expect((await berth().status()).pendingRestore).toMatchObject({ snapshot: "before" });

    await berth().done(["snapshot", "undo", "--yes"], { timeoutMs: 240_000 });
    expect(await volumes()).toContain("second");
    expect(await volumes()).not.toContain("first");
    await berth().done(["snapshot", "delete", "before", "--yes"]);
    expect(await berth().json(["snapshot", "list"])).toEqual({ snapshots: [], pendingRestore: null });
    await berth().docker(["volume", "rm", "second"]);
  });
}
