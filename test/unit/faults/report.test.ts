import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { type CaseResult, Report } from "../../faults/report.ts";

function result(id: string, changes: Partial<CaseResult> = {}): CaseResult {
  return {
    case: id,
    faults: 1,
    outcome: "recovered",
    recoveryMs: 1000,
    acknowledged: 10,
    lost: 0,
    note: "",
    ...changes,
  };
}

test("sums up, and goes on where an earlier run ended, trying again what had failed, but for a loss", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "berth-report-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, "lines");
  const first = new Report(() => undefined, file);
  first.add(result("a", { recoveryMs: 3000 }));
  first.add(result("b", { outcome: "failed", recoveryMs: null }));
  first.add(result("d", { outcome: "failed", recoveryMs: null, lost: 2 }));

  const lines: string[] = [];
  const second = new Report((line) => lines.push(line), file);
  expect(["a", "b", "c", "d"].map((id) => second.has(id))).toEqual([true, false, false, true]);
  second.add(result("b"));
  second.add(result("c", { outcome: "explained", recoveryMs: 2000 }));
  expect(lines).toHaveLength(2);
  expect(readFileSync(file, "utf8").trim().split("\n")).toHaveLength(5);
  const whole = new Report(() => undefined, file).summary();
  expect(whole).toEqual(second.summary());
  expect(whole).toMatchObject({
    cases: 4,
    faults: 4,
    recovered: 2,
    explained: 1,
    failed: 1,
    acknowledgedRecords: 40,
    lostRecords: 2,
    medianRecoveryMs: 2000,
    worstRecoveryMs: 3000,
  });
});
