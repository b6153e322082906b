import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Failure } from "../engine/contract/index.ts";

/**
 * Why the shell's folder in the home cannot be written, or null when it can. Without it Chromium would take
 * its failure to lock the folder for another running instance.
 */
export function homeProblem(userData: string): Failure | null {
  const probe = path.join(userData, `probe-${process.pid}`);
  try {
    mkdirSync(userData, { recursive: true, mode: 0o700 });
    writeFileSync(probe, "probe", { mode: 0o600 });
    rmSync(probe);
    return null;
  } catch (error) {
    const full = error instanceof Error && "code" in error && error.code === "ENOSPC";
    return full
      ? {
          code: "disk_full",
          message: `Berth cannot write to ${userData}, because the disk is full.`,
          hint: "Free some space and start Berth again.",
        }
      : {
          code: "home_not_usable",
          message: `Berth cannot write to its folder ${userData}.`,
          hint: "Check who owns it, or set BERTH_HOME to another folder.",
        };
  }
}
