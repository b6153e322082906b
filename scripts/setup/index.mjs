import { createHash } from "node:crypto";
import os from "node:os";
import path from "node:path";
import { buildDist, distIsStale, writeEnvironment } from "./dist.mjs";
import { stopRunningPrograms } from "./exec.mjs";
import { installElectron, installedElectron, wantedElectronVersion } from "./electron.mjs";
import { hostToolsWork } from "./host-tools.mjs";
import { imageIsPresent, obtainImage, planImage } from "./image.mjs";
import { withLock } from "./lock.mjs";
import { projectNode } from "./node-runtime.mjs";
import { dependencyGap, installDependencies } from "./node-modules.mjs";
import { cacheDir, checkout } from "./paths.mjs";
import { makeCacheDir } from "./space.mjs";
import { currentSystem, describeSystem } from "./system.mjs";
import { addTestUser, testUserIsMissing } from "./test-user.mjs";

/**
 * run: the window; serve: the window in a browser elsewhere; test: everything; check: types and lint;
 * package: the app's parts
 * @typedef {"run" | "serve" | "test" | "check" | "build" | "package"} Purpose
 * @typedef {"tools" | "dependencies" | "electron" | "image" | "dist" | "testUser"} StepId
 * @typedef {object} Step
 * @property {StepId} id
 * @property {string} title
 * @property {() => Promise<string | undefined>} needed why the step must run, undefined when all is there
 * @property {(progress: import("./progress.mjs").Progress) => Promise<unknown>} run
 *
 * @typedef {object} SetupResult
 * @property {import("./electron.mjs").ElectronRuntime | undefined} electron
 * @property {string | undefined} imageDir
 * @property {boolean} didWork whether anything had to be done
 */

/** The steps each purpose takes. @type {Record<Purpose, readonly StepId[]>} */
const purposes = {
  serve: ["tools", "dependencies", "image", "dist"],
  run: ["tools", "dependencies", "electron", "image", "dist"],
  test: ["tools", "dependencies", "electron", "image", "dist", "testUser"],
  package: ["tools", "dependencies", "electron", "image"],
  check: ["dependencies"],
  build: ["dependencies", "dist"],
};

/**
 * Makes this machine ready for a purpose. Does nothing where nothing is missing; what was finished before an
 * interruption is not repeated.
 * @param {Purpose} purpose
 * @param {import("./progress.mjs").Reporter} reporter
 * @returns {Promise<SetupResult>}
 */
export async function setUp(purpose, reporter) {
  const system = currentSystem();
  // What is put into a shared cache must be readable there, whatever root's umask is.
  if (process.getuid?.() === 0) process.umask(0o022);
  const ids = purposes[purpose];
  const steps = allSteps(system, purpose).filter((step) => ids.includes(step.id));
  const didWork = await anyNeeded(steps);
  if (didWork) {
    reporter.line(`Setting up Berth on ${describeSystem(system)}; cache: ${cacheDir()}`);
    await interruptibly(reporter, async () => {
      for (const step of steps) {
        const reason = await step.needed();
        if (reason !== undefined) await reporter.step(step.title, step.run, reason);
      }
    });
  }
  const electron = ids.includes("electron") ? installedElectron(wantedElectronVersion()) : undefined;
  const imageDir = ids.includes("image") ? (await planImage()).dir : undefined;
  if (imageDir && ids.includes("dist")) await writeEnvironment({ imageDir, node: projectNode() });
  return { electron, imageDir, didWork };
}

/** @param {import("./electron.mjs").ElectronRuntime} runtime */
export function describeElectron(runtime) {
  const source = {
    official: "the official download",
    fallback: `from the package registry, for development; BERTH_ELECTRON=official tries ${wantedElectronVersion()} again`,
    given: "named by ELECTRON_OVERRIDE_DIST_PATH",
  }[runtime.source];
  return `Electron ${runtime.version} (${source})`;
}

/**
 * @param {import("./system.mjs").System} system
 * @param {Purpose} purpose
 * @returns {Step[]}
 */
function allSteps(system, purpose) {
  const tools = async () => hostToolsWork(system, await toolPurposes(purpose));
  return [
    {
      id: "tools",
      title: "System packages",
      needed: async () => (await tools())?.reason,
      run: async (progress) => (await tools())?.run(progress),
    },
    {
      id: "dependencies",
      title: "npm dependencies",
      needed: async () => dependencyGap(),
      run: installDependencies,
    },
    {
      id: "electron",
      title: "Electron",
      needed: async () => {
        const wanted = wantedElectronVersion();
        return installedElectron(wanted) ? undefined : `version ${wanted}`;
      },
      run: (progress) => installElectron(wantedElectronVersion(), progress),
    },
    {
      id: "image",
      title: "Guest image",
      needed: async () => {
        const plan = await planImage();
        if (imageIsPresent(plan)) return undefined;
        return plan.prebuilt ? `from ${plan.prebuilt.url}` : "building it (takes some minutes, once)";
      },
      run: async (progress) => obtainImage(await planImage(), progress),
    },
    {
      id: "dist",
      title: "Program",
      needed: async () => (distIsStale() ? "sources changed" : undefined),
      run: buildDist,
    },
    {
      id: "testUser",
      title: "User for end-to-end tests",
      needed: async () => ((await testUserIsMissing()) ? "not there yet" : undefined),
      run: addTestUser,
    },
  ];
}

/**
 * What system packages are for; an image that is there already needs none of its builder's.
 * @param {Purpose} purpose
 * @returns {Promise<import("./host-packages.mjs").Purpose[]>}
 */
async function toolPurposes(purpose) {
  const plan = await planImage();
  /** @type {import("./host-packages.mjs").Purpose[]} */
  const needs = purpose === "serve" ? ["vm"] : ["vm", "window"];
  if (!imageIsPresent(plan)) {
    if (plan.prebuilt) needs.push("unpack");
    else needs.push("image", ...(process.getuid?.() === 0 ? [] : /** @type {const} */ (["imageAsUser"])));
  }
  if (purpose === "test") needs.push("test");
  return needs;
}

/**
 * Later steps can only be asked once the earlier ones are done, so the first need found is enough.
 * @param {readonly Step[]} steps
 */
async function anyNeeded(steps) {
  for (const step of steps) {
    if ((await step.needed()) !== undefined) return true;
  }
  return false;
}

/**
 * Ctrl-C ends the programs under way first, so that nothing goes on behind the person's back. Every step leaves
 * either nothing or all of its result, so the next run goes on where this one stopped.
 * @param {import("./progress.mjs").Reporter} reporter
 * @param {() => Promise<void>} work
 */
async function interruptibly(reporter, work) {
  const stop = () => {
    reporter.line("Interrupted; run the same command again to go on from here.");
    void stopRunningPrograms().then(() => process.exit(130));
  };
  const signals = /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"]);
  for (const signal of signals) process.once(signal, stop);
  try {
    await locked(reporter, work);
  } finally {
    for (const signal of signals) process.off(signal, stop);
  }
}

/**
 * Two set-ups do not work on one checkout or one cache at the same time.
 * @param {import("./progress.mjs").Reporter} reporter
 * @param {() => Promise<void>} work
 */
async function locked(reporter, work) {
  makeCacheDir(cacheDir());
  const id = createHash("sha256").update(checkout).digest("hex").slice(0, 16);
  const checkoutLock = path.join(os.tmpdir(), `berth-setup-${id}.lock`);
  /** @param {{ pid: number }} owner */
  const tell = (owner) => reporter.line(`Waiting for another set-up (process ${owner.pid}) to end …`);
  await withLock(checkoutLock, tell, () => withLock(path.join(cacheDir(), "setup.lock"), tell, work));
}
