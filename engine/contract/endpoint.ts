import { createHash } from "node:crypto";
import { homedir } from "node:os";
import path from "node:path";

/** The folder that holds all of Berth's state: `BERTH_HOME`, or the platform's place for it. */
export function resolveHome(
  environment: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  const chosen = environment["BERTH_HOME"];
  if (chosen) return path.resolve(chosen);
  if (platform === "win32") {
    const local = environment["LOCALAPPDATA"] ?? path.win32.join(homedir(), "AppData", "Local");
    return path.win32.join(local, "Berth");
  }
  return path.join(homedir(), ".berth");
}

/** Address of a home's engine: a unix socket in the home, on Windows a named pipe derived from it. */
export function engineEndpoint(home: string, platform: NodeJS.Platform = process.platform): string {
  if (platform !== "win32") return path.join(home, "engine.sock");
  const id = createHash("sha256").update(home.toLowerCase()).digest("hex").slice(0, 12);
  return `\\\\.\\pipe\\berth-${id}-engine`;
}
