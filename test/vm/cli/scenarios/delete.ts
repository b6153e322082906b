import { readdir } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test } from "vitest";
import type { Berth } from "../support/berth.ts";
import { processLives, waitFor } from "../support/program.ts";

/** The end of a VM; the last scenario. */
export function deleteScenarios(berth: () => Berth): void {
  describe("delete", () => {
    test("names what would be lost and refuses without an answer", async () => {
      await berth().docker(["volume", "create", "precious"]);
      const refused = await berth().run(["delete"]);
      expect(refused.code).toBe(2);
      expect(refused.stderr).toMatch(
        /0 containers, \d+ images? and 1 volume \([\d.]+ .iB on this computer\)/,
      );
      expect((await berth().status()).state).toBe("running");
    });

    test("removes VM and data, and ends the engine", async () => {
      const { engine, vm } = await berth().status();
      expect(await berth().json(["delete", "--yes"])).toMatchObject({ state: "absent", vm: { pid: null } });
      expect(processLives(vm.pid ?? 0)).toBe(false);
      expect(await readdir(path.join(berth().home, "vm"))).not.toContain("data.qcow2");
      await waitFor("the engine to end", () => !processLives(engine.pid));
    });
  });
}
