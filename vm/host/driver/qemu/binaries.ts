import { execFile } from "node:child_process";
import { access, constants, stat } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { BerthError } from "../../errors.ts";

const run = promisify(execFile);
const oldestMajor = 10;

/** The QEMU programs in use. */
export interface QemuBinaries {
  system: string;
  image: string;
  /** Full version, for example "10.0.2 (Debian 1:10.0.2+ds-2)". */
  version: string;
}

interface Surroundings {
  environment: NodeJS.ProcessEnv;
  platform: NodeJS.Platform;
  arch: NodeJS.Architecture;
}

/**
 * Finds QEMU: BERTH_QEMU (a folder or the program), the configured folder, PATH, the platform's usual places.
 * Throws `qemu_missing` or `qemu_too_old` with the package to install.
 */
export async function findQemu(
  configuredFolder: string | undefined,
  surroundings: Partial<Surroundings> = {},
): Promise<QemuBinaries> {
  const { environment, platform, arch } = {
    environment: process.env,
    platform: process.platform,
    arch: process.arch,
    ...surroundings,
  };
  const suffix = platform === "win32" ? ".exe" : "";
  const program = `qemu-system-${arch === "arm64" ? "aarch64" : "x86_64"}${suffix}`;
  const forced = environment["BERTH_QEMU"] ? await folderOf(environment["BERTH_QEMU"]) : configuredFolder;
  const folders = forced
    ? [forced]
    : [...(environment["PATH"] ?? "").split(path.delimiter), ...usualFolders(platform, environment)];

  let tooOld: { system: string; version: string } | null = null;
  for (const folder of folders) {
    if (folder === "") continue;
    const system = path.join(folder, program);
    const image = path.join(folder, `qemu-img${suffix}`);
    if (!(await isExecutable(system)) || !(await isExecutable(image))) continue;
    const version = await versionOf(system);
    if (version === null) {
      throw new BerthError({
        code: "qemu_not_started",
        message: `${system} does not start.`,
        hint: `Check the installation with \`${system} --version\`. ${installHint(platform)}`,
      });
    }
    if (Number(version.split(".")[0]) >= oldestMajor) return { system, image, version };
    tooOld ??= { system, version };
  }
  if (tooOld) {
    throw new BerthError({
      code: "qemu_too_old",
      message: `QEMU ${tooOld.version} (${tooOld.system}) is too old: Berth needs version ${oldestMajor} or newer.`,
      hint: installHint(platform),
    });
  }
  throw new BerthError({
    code: "qemu_missing",
    message: forced
      ? `QEMU was not found: ${forced} holds no ${program} with qemu-img beside it.`
      : `QEMU is not installed: neither PATH nor the usual places hold ${program} and qemu-img.`,
    hint: installHint(platform),
  });
}

async function folderOf(value: string): Promise<string> {
  try {
    return (await stat(value)).isDirectory() ? value : path.dirname(value);
  } catch {
    return value;
  }
}

function usualFolders(platform: NodeJS.Platform, environment: NodeJS.ProcessEnv): string[] {
  switch (platform) {
    case "darwin":
      return ["/opt/homebrew/bin", "/usr/local/bin", "/opt/local/bin"];
    case "win32":
      return [
        path.join(environment["ProgramFiles"] ?? "C:\\Program Files", "qemu"),
        "C:\\msys64\\ucrt64\\bin",
      ];
    default:
      return ["/usr/bin", "/usr/local/bin"];
  }
}

function installHint(platform: NodeJS.Platform): string {
  switch (platform) {
    case "darwin":
      return "Install it with `brew install qemu`.";
    case "win32":
      return "Install it with `winget install SoftwareFreedomConservancy.QEMU`.";
    default:
      return "Install the packages qemu-system-x86 (or qemu-system-arm) and qemu-utils, version 10 or newer; on Debian 12 they are in bookworm-backports: `apt-get install -t bookworm-backports qemu-system-x86 qemu-utils`.";
  }
}

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}

/** Versions by program file: a new one has another stamp. */
const versions = new Map<string, string>();

/** Null when the program does not run or is not QEMU. */
async function versionOf(system: string): Promise<string | null> {
  const { size, mtimeMs, ino } = await stat(system);
  const key = [system, size, mtimeMs, ino].join("\n");
  const known = versions.get(key);
  if (known !== undefined) return known;
  const version = await askVersion(system);
  if (version !== null) versions.set(key, version);
  return version;
}

async function askVersion(system: string): Promise<string | null> {
  try {
    const { stdout } = await run(system, ["--version"], { timeout: 10_000, windowsHide: true });
    return /version (\d+\.\d+[^\n]*)/.exec(stdout)?.[1]?.trim() ?? null;
  } catch {
    return null;
  }
}
