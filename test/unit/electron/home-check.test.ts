import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { homeProblem } from "../../../electron/home-check.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "berth-home-"));
});

afterEach(() => rmSync(folder, { recursive: true }));

test("makes the folder of a new home and leaves nothing else in it", () => {
  const userData = path.join(folder, "home", "app");
  expect(homeProblem(userData)).toBeNull();
  expect(readdirSync(userData)).toEqual([]);
});

test("names the folder and a remedy where a home cannot be", () => {
  writeFileSync(path.join(folder, "file"), "");
  const userData = path.join(folder, "file", "app");
  expect(homeProblem(userData)).toMatchObject({
    code: "home_not_usable",
    message: expect.stringContaining(userData) as unknown,
    hint: expect.stringContaining("BERTH_HOME") as unknown,
  });
});
