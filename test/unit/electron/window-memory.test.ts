import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readWindowMemory, writeWindowMemory } from "../../../electron/window-memory.ts";

let folder: string;
let file: string;
const blank = { bounds: null, maximized: false, theme: "system" };

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "berth-window-"));
  file = path.join(folder, "app", "window.json");
});

afterEach(() => rmSync(folder, { recursive: true }));

test("remembers, for the owner alone, and leaves nothing half written", () => {
  const memory = {
    bounds: { x: 10, y: -20, width: 900, height: 600 },
    maximized: true,
    theme: "dark",
  } as const;
  writeWindowMemory(file, memory);
  expect(readWindowMemory(file)).toEqual(memory);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(path.dirname(file))).toEqual(["window.json"]);
});

test.each(["", "{", "[]", '{"bounds":{"x":1},"maximized":false,"theme":"dark"}', '{"theme":"pink"}'])(
  "a damaged file (%s) is nothing remembered",
  (text) => {
    writeWindowMemory(file, { bounds: null, maximized: true, theme: "light" });
    writeFileSync(file, text);
    expect(readWindowMemory(file)).toEqual(blank);
  },
);

test("a missing file is nothing remembered", () => {
  expect(readWindowMemory(file)).toEqual(blank);
});
