import { execFile } from "node:child_process";
import { chmod, cp, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const setpriv = "/usr/bin/setpriv";
const checkout = path.resolve(import.meta.dirname, "../../..");

/** What Playwright's `_electron.launch` takes of a stage; spread further options over it. */
export interface LaunchOptions {
  executablePath: string;
  args: string[];
  env: Record<string, string>;
  /** Without it Playwright switches the sandbox off. */
  chromiumSandbox: boolean;
}

/**
 * The built app, its runtime and the guest image at places that the user who runs the window may read. Tests
 * often run as root, whose window has no sandbox; then the window runs as the user in `BERTH_TEST_USER`, and what
 * lies under a folder closed to that user is linked or copied here.
 */
export interface Stage {
  /** A short folder of its own, which the user may write to. */
  readonly dir: string;
  /** The user who runs the window, when it is another than the tests'. */
  readonly user: string | undefined;
  /** Makes an empty `BERTH_HOME` of that name. */
  home(name: string): Promise<string>;
  /** The environment for the window and the `berth` command with that home. */
  environment(home: string): Record<string, string>;
  /** How to launch the window on that home. */
  launchOptions(home: string, args?: readonly string[]): LaunchOptions;
  /**
   * How to spawn a packaged app, which brings image, QEMU and engine itself. Playwright cannot launch it, because
   * its inspection fuse is off: give it `--remote-debugging-port=0`, read the address after "DevTools listening on"
   * on its standard error, and `chromium.connectOverCDP` to it.
   */
  packagedOptions(
    program: string,
    home: string,
    args?: readonly string[],
  ): Promise<Pick<LaunchOptions, "executablePath" | "args" | "env">>;
  /** Any program as that user, for `spawn(command[0], command.slice(1))`. */
  command(program: string, args: readonly string[]): [string, ...string[]];
  /** The checkout's `berth` as that user. */
  berth(args: readonly string[]): [string, ...string[]];
  remove(): Promise<void>;
}

/** Prepares a stage from what `npm test` has set up (see scripts/test.mjs for the variables). */
export async function createStage(): Promise<Stage> {
  const user = process.env["BERTH_TEST_USER"];
  const dir = await mkdtemp(path.join(process.env["BERTH_TEST_DIR"] ?? os.tmpdir(), "e2e-"));
  await giveTo(user, dir);
  const dist = process.env["BERTH_DIST"] ?? path.join(checkout, "dist");
  const environmentFile: unknown = JSON.parse(await readFile(path.join(dist, "environment.json"), "utf8"));
  const runtime = await readable(user, required("ELECTRON_OVERRIDE_DIST_PATH"), dir, "electron");
  const image = await readable(user, imageDir(environmentFile), dir, "image");
  const node = path.join(
    await readable(user, path.dirname(await realpath(process.execPath)), dir, "node"),
    "node",
  );

  const appDir = path.join(dir, "app");
  await cp(dist, appDir, { recursive: true });
  await writeFile(path.join(appDir, "environment.json"), JSON.stringify({ imageDir: image, node }));
  await run("chmod", ["-R", "a+rX", appDir]);

  const userHome = path.join(dir, "user");
  const runtimeDir = path.join(dir, "run");
  for (const folder of [userHome, runtimeDir]) {
    await mkdir(folder, { mode: 0o700 });
    await giveTo(user, folder);
  }

  const command = (program: string, args: readonly string[]): [string, ...string[]] =>
    user === undefined
      ? [program, ...args]
      : [setpriv, `--reuid=${user}`, `--regid=${user}`, "--clear-groups", program, ...args];

  // Playwright starts one file: this one becomes the program, so that the process number stays.
  const electron = path.join(dir, "electron-as-user");
  const words = command(path.join(runtime, "electron"), []).map(quote).join(" ");
  await writeFile(electron, `#!/bin/sh\nexec ${words} "$@"\n`);
  await chmod(electron, 0o755);

  const environment = (home: string): Record<string, string> => ({
    BERTH_HOME: home,
    BERTH_IMAGE_DIR: image,
    BERTH_TEST_DIR: process.env["BERTH_TEST_DIR"] ?? dir,
    HOME: userHome,
    XDG_RUNTIME_DIR: runtimeDir,
    LANG: "C.UTF-8",
    PATH: `${path.dirname(node)}:/usr/local/bin:/usr/bin:/bin`,
    ...passed("DISPLAY", "BERTH_ACCEL", "BERTH_QEMU"),
  });

  return {
    dir,
    user,
    environment,
    command,
    async home(name) {
      const home = path.join(dir, name);
      await mkdir(home, { mode: 0o700 });
      await giveTo(user, home);
      return home;
    },
    launchOptions: (home, args = []) => ({
      executablePath: electron,
      args: [appDir, ...args],
      env: environment(home),
      chromiumSandbox: true,
    }),
    packagedOptions(program, home, args = []) {
      const [executablePath, ...words] = command(program, args);
      const own = Object.entries(environment(home)).filter(
        ([key]) => key !== "BERTH_IMAGE_DIR" && key !== "BERTH_QEMU",
      );
      // Neither Node.js nor the system's QEMU shall help it.
      const env = { ...Object.fromEntries(own), PATH: path.join(dir, "no-programs") };
      return Promise.resolve({ executablePath, args: words, env });
    },
    berth: (args) => command(node, [path.join(appDir, "berth.cjs"), ...args]),
    remove: () => rm(dir, { recursive: true, force: true, maxRetries: 5 }),
  };
}

/** The folder itself where the user can read it, else a copy on the stage (of links, where that is possible). */
async function readable(
  user: string | undefined,
  source: string,
  dir: string,
  name: string,
): Promise<string> {
  if (user === undefined || (await canRead(user, source))) return source;
  const target = path.join(dir, name);
  const linked = await run("cp", ["-al", source, target]).then(
    () => canRead(user, target),
    () => false,
  );
  if (linked) return target;
  await rm(target, { recursive: true, force: true });
  await run("cp", ["-a", source, target]);
  await run("chmod", ["-R", "a+rX", target]);
  return target;
}

/** Whether the user can read everything in a folder. */
async function canRead(user: string, folder: string): Promise<boolean> {
  const unreadable = ["find", folder, "-not", "-type", "l", "-not", "-readable", "-print", "-quit"];
  const identity = [`--reuid=${user}`, `--regid=${user}`, "--clear-groups"];
  try {
    const { stdout } = await run(setpriv, [...identity, ...unreadable], { cwd: "/" });
    return stdout.trim() === "";
  } catch {
    return false;
  }
}

async function giveTo(user: string | undefined, folder: string): Promise<void> {
  if (user !== undefined) await run("chown", [`${user}:`, folder]);
}

function imageDir(environmentFile: unknown): string {
  const chosen = process.env["BERTH_IMAGE_DIR"];
  if (chosen) return chosen;
  if (typeof environmentFile === "object" && environmentFile !== null && "imageDir" in environmentFile) {
    return String(environmentFile.imageDir);
  }
  throw new Error("dist/environment.json names no guest image: run npm start or npm test once.");
}

function required(name: string): string {
  const value = process.env[name];
  if (value) return value;
  throw new Error(`${name} is not set: run the end-to-end tests through npm test -- e2e.`);
}

function passed(...names: string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
