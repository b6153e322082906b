import { writeFileSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { closingLine, readCounts } from "../../../scripts/test/counts.mjs";
import { temporaryFolders } from "./support.ts";

const folder = temporaryFolders();

function report(files: readonly { status: string; tests: readonly string[] }[]): string {
  const file = path.join(folder(), "report.json");
  const all = files.flatMap(({ tests }) => tests);
  const count = (status: string) => all.filter((each) => each === status).length;
  writeFileSync(
    file,
    JSON.stringify({
      numPassedTests: count("passed"),
      numFailedTests: count("failed"),
      numPendingTests: count("pending"),
      testResults: files.map(({ status, tests }) => ({
        status,
        assertionResults: tests.map((each) => ({ status: each })),
      })),
    }),
  );
  return file;
}

it("counts tests, and a file that does not load as a failure", () => {
  const file = report([
    { status: "passed", tests: ["passed", "passed", "pending"] },
    { status: "failed", tests: ["failed", "passed"] },
    { status: "failed", tests: [] },
  ]);
  expect(readCounts(file, 1)).toEqual({ passed: 3, failed: 2, skipped: 1 });
});

it("never passes a run that ended badly", () => {
  expect(readCounts(report([{ status: "passed", tests: ["passed"] }]), 1).failed).toBe(1);
  expect(readCounts(path.join(folder(), "no-report.json"), 0).failed).toBe(1);
});

it("sums up in one line", () => {
  const some = { passed: 2, failed: 0, skipped: 0 };
  expect(closingLine([some, some])).toBe("4 passed, 0 failed");
  expect(closingLine([some, { passed: 0, failed: 1, skipped: 3 }])).toBe("2 passed, 1 failed, 3 skipped");
});
