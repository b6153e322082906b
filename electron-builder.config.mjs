import { rm } from "node:fs/promises";
import path from "node:path";
import { checkout } from "./scripts/setup/paths.mjs";

// Used by scripts/package.mjs, which says in the environment where the parts are. Only the Linux "dir" target has
// been run; macOS and Windows are written down and not verified.
const { BERTH_PACKAGE_WORK, BERTH_PACKAGE_IMAGE, BERTH_PACKAGE_OUT, BERTH_PACKAGE_ELECTRON } = process.env;
if (!BERTH_PACKAGE_WORK || !BERTH_PACKAGE_IMAGE || !BERTH_PACKAGE_OUT || !BERTH_PACKAGE_ELECTRON) {
  throw new Error("Run npm run package: it prepares what the app is made of.");
}
/** @type {{ dir: string, version: string }} */
const electron = JSON.parse(BERTH_PACKAGE_ELECTRON);
const work = path.relative(checkout, BERTH_PACKAGE_WORK);
const image = path.relative(checkout, BERTH_PACKAGE_IMAGE);

/** @type {import("electron-builder").Configuration} */
export default {
  appId: "dev.berth.Berth",
  productName: "Berth",
  copyright: "The Berth authors",
  directories: { app: path.join(work, "app"), output: BERTH_PACKAGE_OUT },
  electronVersion: electron.version,
  electronDist: electron.dir,
  // Everything is bundled: the app has no node_modules, and nothing is rebuilt.
  beforeBuild: () => Promise.resolve(false),
  asar: true,
  files: [
    "**/*",
    "!**/*.map",
    // It is in resources/bin, as a program of its own.
    "!berth.cjs",
    "!berth.cjs.LEGAL.txt",
  ],
  extraResources: [
    { from: path.join(work, "bin"), to: "bin" },
    { from: path.join(work, "app", "berth.cjs.LEGAL.txt"), to: path.join("bin", "LICENSES.txt") },
    // The docker clients in its tools/ are for tests.
    { from: image, to: "image", filter: ["manifest.json", "kernel", "initrd", "root.erofs"] },
  ],
  electronFuses: {
    runAsNode: false,
    enableCookieEncryption: true,
    enableNodeOptionsEnvironmentVariable: false,
    enableNodeCliInspectArguments: false,
    enableEmbeddedAsarIntegrityValidation: true,
    onlyLoadAppFromAsar: true,
    loadBrowserProcessSpecificV8Snapshot: false,
    grantFileProtocolExtraPrivileges: false,
  },
  // What the runtime folder has for development only.
  afterPack: async ({ appOutDir }) => {
    for (const name of ["berth-runtime.json", "version", path.join("resources", "default_app.asar")]) {
      await rm(path.join(appOutDir, name), { force: true });
    }
  },
  linux: {
    target: "dir",
    executableName: "berth-app",
    category: "Development",
    extraResources: [{ from: path.join(work, "qemu"), to: "qemu" }],
  },
  // Not verified. QEMU is not bundled there: Homebrew's or winget's is used (docs/setup.md).
  mac: { target: "dmg", category: "public.app-category.developer-tools", hardenedRuntime: true },
  win: { target: "nsis" },
  nsis: { oneClick: true, perMachine: false },
};
