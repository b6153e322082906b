import path from "node:path";
import { expect, inject, test } from "vitest";
import { runFaults } from "../faults/harness.ts";
import { Report } from "../faults/report.ts";
import { makeWorld } from "../faults/world.ts";

/** The short form of `npm run test:faults`; docs/vm.md tells what it does. */
test(
  "a VM whose parts are killed comes back, and nothing that was acknowledged is lost",
  async ({ signal }) => {
    const lines: string[] = [];
    const report = new Report((line) => lines.push(line), null);
    const accelerators = path.join(inject("sharedMachineHome"), "vm", "accelerators.json");
    const program = path.join(process.env["BERTH_DIST"] ?? "dist", "berth.cjs");
    await runFaults({
      form: "short",
      seed: 1,
      only: null,
      report,
      makeWorld: () => makeWorld({ program, ownDisk: false, keepLogsIn: null, accelerators }),
      progress: () => undefined,
      signal,
    });
    const failed = lines.filter((line) => line.includes('"outcome":"failed"'));
    expect(failed).toEqual([]);
    const { lostRecords, acknowledgedRecords, cases } = report.summary();
    expect(lostRecords).toBe(0);
    expect(acknowledgedRecords).toBeGreaterThan(cases);
  },
  10 * 60_000,
);
