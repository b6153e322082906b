// The stand-in for Electron's own default app: `electron [flags] [-r module] <folder or file>` starts that app.
// It is packed into the fallback runtime, which comes without one.
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";

const load = createRequire(import.meta.url);
/** @type {{ app: import("electron").App & { setVersion(version: string): void, setAppPath(dir: string): void } }} */
const { app } = load("electron");

const args = process.argv.slice(1);
/** @type {string[]} */
const preloads = [];
/** @type {string | undefined} */
let target;
for (let i = 0; i < args.length && target === undefined; i += 1) {
  const arg = args[i] ?? "";
  if (arg === "-r" || arg === "--require") preloads.push(args[(i += 1)] ?? "");
  else if (!arg.startsWith("-")) target = path.resolve(arg);
}

if (target === undefined) {
  process.stderr.write("usage: electron [options] <app folder>\n");
  app.exit(2);
} else {
  Object.defineProperty(process, "defaultApp", { value: true, enumerable: true });
  for (const module of preloads) load(path.resolve(module));

  let entry = target;
  if (fs.statSync(target).isDirectory()) {
    const manifest = JSON.parse(fs.readFileSync(path.join(target, "package.json"), "utf8"));
    if (manifest.version) app.setVersion(manifest.version);
    if (manifest.productName ?? manifest.name) app.setName(manifest.productName ?? manifest.name);
    app.setAppPath(target);
    entry = path.join(target, manifest.main ?? "index.js");
  }
  await import(pathToFileURL(entry).href);
}
