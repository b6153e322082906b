import { access, constants, readFile } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";
import { z } from "zod";

const dockerConfigSchema = z.object({ credsStore: z.string().min(1).optional() });

/** Helpers that keep secrets well on a platform, best first. */
function candidates(platform: NodeJS.Platform): string[] {
  if (platform === "darwin") return ["osxkeychain"];
  if (platform === "win32") return ["wincred"];
  return ["secretservice", "pass"];
}

export interface HelperSurroundings {
  environment: NodeJS.ProcessEnv;
  platform: NodeJS.Platform;
  /** Folder of the docker CLI's own configuration. */
  dockerConfigFolder: string;
}

export function processSurroundings(): HelperSurroundings {
  return {
    environment: process.env,
    platform: process.platform,
    dockerConfigFolder: process.env["DOCKER_CONFIG"] ?? path.join(homedir(), ".docker"),
  };
}

/**
 * The credential helper to use: the one of `BERTH_CREDENTIAL_HELPER` (a name or a path), else the one that
 * the docker CLI is configured for, else the platform's own where it is installed. Null where there is none.
 */
export async function chooseHelper(surroundings: HelperSurroundings): Promise<string | null> {
  const chosen = surroundings.environment["BERTH_CREDENTIAL_HELPER"];
  if (chosen) return path.isAbsolute(chosen) ? chosen : programName(chosen);
  const configured = await configuredHelper(surroundings.dockerConfigFolder);
  const names = [...(configured === null ? [] : [configured]), ...candidates(surroundings.platform)];
  for (const name of names) {
    const found = await findProgram(programName(name), surroundings);
    if (found !== null) return found;
  }
  return null;
}

function programName(name: string): string {
  return `docker-credential-${name}`;
}

async function configuredHelper(folder: string): Promise<string | null> {
  try {
    const config: unknown = JSON.parse(await readFile(path.join(folder, "config.json"), "utf8"));
    const helper = dockerConfigSchema.parse(config).credsStore;
    // A name becomes part of a program's name; one with a path in it is not one.
    return helper !== undefined && /^[\w.-]+$/.test(helper) ? helper : null;
  } catch {
    // Without a readable configuration the docker CLI has no helper either.
    return null;
  }
}

async function findProgram(program: string, surroundings: HelperSurroundings): Promise<string | null> {
  const windows = surroundings.platform === "win32";
  const folders = (surroundings.environment["PATH"] ?? "").split(windows ? ";" : ":");
  for (const folder of folders) {
    if (folder === "") continue;
    const file = path.join(folder, windows ? `${program}.exe` : program);
    const usable = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (usable) return file;
  }
  return null;
}
