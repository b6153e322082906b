import { readFileSync, realpathSync } from "node:fs";
import path from "node:path";
import { isSea } from "node:sea";
import { z } from "zod";
import { BerthError, systemCode } from "./vm.ts";

const environmentSchema = z.object({ imageDir: z.string().min(1), qemuDir: z.string().min(1).optional() });

export interface ProgramEnvironment {
  /** Folder of the guest image. */
  imageDir: string;
  /** Folder of the QEMU programs, where the set-up brought its own. */
  qemuDir?: string;
}

/** The folder of the running program: of the executable itself, or of the script that Node runs. */
export function programFolder(): string {
  const script = process.argv[1];
  return path.dirname(isSea() || script === undefined ? process.execPath : realpathSync(script));
}

/**
 * Where the guest image and QEMU are: `BERTH_IMAGE_DIR`, else `environment.json` beside the program
 * (written by the set-up and by packaging), else `image` beside the executable.
 */
export function resolveProgramEnvironment(
  environment: NodeJS.ProcessEnv = process.env,
  folder = programFolder(),
  executable = process.execPath,
): ProgramEnvironment {
  const written = readEnvironmentFile(path.join(folder, "environment.json"));
  const chosen = environment["BERTH_IMAGE_DIR"];
  const beside = path.join(path.dirname(executable), "image");
  const imageDir = chosen ? path.resolve(chosen) : (written?.imageDir ?? beside);
  return written?.qemuDir === undefined ? { imageDir } : { imageDir, qemuDir: written.qemuDir };
}

function readEnvironmentFile(file: string): ProgramEnvironment | null {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if (systemCode(error) === "ENOENT") return null;
    throw error;
  }
  try {
    const { imageDir, qemuDir } = environmentSchema.parse(JSON.parse(text));
    const absolute = (folder: string) => path.resolve(path.dirname(file), folder);
    return {
      imageDir: absolute(imageDir),
      ...(qemuDir === undefined ? {} : { qemuDir: absolute(qemuDir) }),
    };
  } catch (cause) {
    throw new BerthError({
      code: "environment_file_damaged",
      message: `The file ${file}, which names the guest image, is damaged.`,
      hint: "npm start sets it up again.",
      cause,
    });
  }
}
