// Bundles the program: `node scripts/build.mjs [--out DIR] [--minify]`. Runs after npm ci.
//   dist/berth.cjs            the berth program and the engine inside it
//   dist/electron/*.cjs       the shell
//   dist/renderer/            the window's page
//   dist/package.json         makes dist an app folder for Electron
import { build as esbuild } from "esbuild";
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { parseArgs } from "node:util";
import { build as vite } from "vite";
import { checkout, distDir } from "./setup/paths.mjs";

const { values } = parseArgs({ options: { out: { type: "string" }, minify: { type: "boolean" } } });
const out = path.resolve(values.out ?? distDir);
const minify = values.minify ?? false;
const manifest = JSON.parse(await readFile(path.join(checkout, "package.json"), "utf8"));

/** @type {import("esbuild").BuildOptions} */
const common = {
  absWorkingDir: checkout,
  bundle: true,
  platform: "node",
  target: "node20",
  format: "cjs",
  charset: "utf8",
  legalComments: "linked",
  sourcemap: "linked",
  sourcesContent: false,
  minify,
  keepNames: true,
  logLevel: "warning",
  define: {
    BERTH_VERSION: JSON.stringify(manifest.version),
    "import.meta.url": "berthModuleUrl",
  },
  banner: { js: 'const berthModuleUrl = require("node:url").pathToFileURL(__filename).href;' },
  // ssh2 tries native helpers and goes on without them; a single file cannot carry them.
  external: ["electron", "*.node", "cpu-features"],
};

await mkdir(out, { recursive: true });
/** @param {unknown} error */
const fail = (error) => {
  // esbuild and vite have printed the places already; their stack traces would bury them.
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
};
await Promise.all([
  esbuild({ ...common, entryPoints: ["berth.ts"], outfile: path.join(out, "berth.cjs") }),
  esbuild({ ...common, entryPoints: ["electron/main.ts"], outfile: path.join(out, "electron", "main.cjs") }),
  esbuild({
    ...common,
    entryPoints: ["electron/preload.ts"],
    outfile: path.join(out, "electron", "preload.cjs"),
    // A sandboxed preload has no node:url.
    define: {},
    banner: {},
    target: "chrome130",
  }),
  vite({
    configFile: path.join(checkout, "vite.config.ts"),
    logLevel: "warn",
    build: { outDir: path.join(out, "renderer"), emptyOutDir: true, minify, sourcemap: !minify },
  }),
]).catch(fail);

await cp(path.join(checkout, "resources"), path.join(out, "resources"), {
  recursive: true,
  force: true,
}).catch((/** @type {NodeJS.ErrnoException} */ error) => {
  if (error.code !== "ENOENT") throw error;
});
const appManifest = {
  name: manifest.name,
  productName: "Berth",
  version: manifest.version,
  description: manifest.description,
  author: manifest.author,
  license: manifest.license,
  main: "electron/main.cjs",
};
await writeFile(path.join(out, "package.json"), `${JSON.stringify(appManifest, undefined, 2)}\n`);
