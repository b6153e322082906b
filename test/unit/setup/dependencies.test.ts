import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { dependencyGap } from "../../../scripts/setup/node-modules.mjs";
import { temporaryFolders } from "./support.ts";

const folder = temporaryFolders();
const locked = {
  "": { version: "1.0.0" },
  "node_modules/zod": { version: "4.0.0", integrity: "sha512-a" },
  "node_modules/elsewhere": { version: "1.0.0", integrity: "sha512-b", optional: true, os: ["plan9"] },
};

function checkout(present: Record<string, unknown> | undefined): string {
  const dir = folder();
  writeFileSync(path.join(dir, "package-lock.json"), JSON.stringify({ packages: locked }));
  if (present) {
    mkdirSync(path.join(dir, "node_modules"));
    writeFileSync(
      path.join(dir, "node_modules", ".package-lock.json"),
      JSON.stringify({ packages: present }),
    );
  }
  return dir;
}

it("sees when dependencies are missing, others than locked, or complete", () => {
  const zod = { version: "4.0.0", integrity: "sha512-a" };
  expect(dependencyGap(checkout(undefined))).toBe("not installed yet");
  expect(dependencyGap(checkout({}))).toBe("node_modules/zod is missing");
  expect(dependencyGap(checkout({ "node_modules/zod": { ...zod, version: "3.0.0" } }))).toBe(
    "node_modules/zod changed",
  );
  expect(dependencyGap(checkout({ "node_modules/zod": zod }))).toBeUndefined();
});

it("names the remedy for a damaged lock file", () => {
  const dir = folder();
  writeFileSync(path.join(dir, "package-lock.json"), "{");
  expect(() => dependencyGap(dir)).toThrow("package-lock.json is missing or damaged");
});
