import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach } from "vitest";
import type { Progress } from "../../../scripts/setup/progress.mjs";

/** Gives each test a folder of its own, removed afterwards. */
export function temporaryFolders(): () => string {
  const made: string[] = [];
  afterEach(() => {
    for (const dir of made.splice(0)) rmSync(dir, { recursive: true, force: true });
  });
  return () => {
    const dir = mkdtempSync(path.join(os.tmpdir(), "berth-setup-test-"));
    made.push(dir);
    return dir;
  };
}

/** A progress that collects what stays on the screen. */
export function collectedProgress(): Progress & { notes: string[] } {
  const notes: string[] = [];
  return { notes, update: () => undefined, note: (text) => void notes.push(text) };
}
