#!/usr/bin/env node
// Builds the guest image: see docs/guest-image.md.
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { extractKernel } from "./lib/kernel.mjs";
import { format, listPackages, record, verifyImage } from "./lib/manifest.mjs";
import { sources } from "./lib/mirror.mjs";
import { hostArch, preflight } from "./lib/preflight.mjs";
import { kernelArguments, packages, recipeDir, recipeHash, release } from "./lib/recipe.mjs";
import { cutModuleSignatures } from "./lib/module-signatures.mjs";
import { run, stopRunning } from "./lib/run.mjs";
import { progressLine, runInUserNamespace } from "./lib/unprivileged.mjs";
import { addWelcomeImage } from "./lib/welcome.mjs";

export { recipeHash, verifyImage };

/** @typedef {import('./lib/recipe.mjs').Arch} Arch */
/** @typedef {import('./lib/manifest.mjs').Manifest} Manifest */
/** @typedef {{ step: string, seconds?: number }} Progress a step begins, or ended after so many seconds */

/** The clients that tests on the host use: where they are in the root, where they go. @type {[string, string][]} */
const tools = [
  ["usr/bin/docker", "tools/docker"],
  ["usr/libexec/docker/cli-plugins/docker-compose", "tools/cli-plugins/docker-compose"],
  ["usr/libexec/docker/cli-plugins/docker-buildx", "tools/cli-plugins/docker-buildx"],
];

/**
 * Runs mmdebstrap where its mounts are its own. It binds /dev and the like into
 * the root; seen from here, removing an interrupted build would reach through
 * them into this machine. Mounts and processes end with the build, however it ends.
 */
const confined = [
  ...["--pdeathsig", "KILL", "unshare"],
  ...["--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "mmdebstrap"],
];

/** Fixed, so that the same root gives the same file. */
const rootUuid = "62657274-6800-4000-8000-000000000001";

/** @param {string} outDir */
function temporaryName(outDir) {
  return join(dirname(outDir), `.${basename(outDir)}.building-${process.pid}`);
}

/**
 * Removes what interrupted builds left beside the output.
 * @param {string} outDir
 */
function removeLeftovers(outDir) {
  const prefix = `.${basename(outDir)}.building-`;
  for (const name of readdirSync(dirname(outDir))) {
    if (!name.startsWith(prefix)) continue;
    try {
      process.kill(Number(name.slice(prefix.length)), 0);
    } catch {
      rmSync(join(dirname(outDir), name), { recursive: true, force: true, maxRetries: 5 });
    }
  }
}

/**
 * Copies the clients out of the root when they run on this machine.
 * @param {string} root
 * @param {Arch} arch
 * @param {string} dir
 * @returns {Promise<string[]>} what was copied
 */
async function copyTools(root, arch, dir) {
  if (arch !== hostArch) return [];
  mkdirSync(join(dir, "tools/cli-plugins"), { recursive: true });
  const copied = [];
  for (const [from, to] of tools) {
    const file = join(dir, to);
    copyFileSync(join(root, from), file);
    chmodSync(file, 0o755);
    try {
      await run(file, to.includes("cli-plugins") ? ["docker-cli-plugin-metadata"] : ["--version"]);
      copied.push(to);
    } catch {
      // Built against a newer C library than this machine has.
      rmSync(file);
    }
  }
  return copied;
}

/**
 * @param {Arch} arch
 * @param {string} hash the recipe's, as it was when the build began
 * @param {string} dir
 * @param {(name: string, work: () => Promise<void>) => Promise<void>} step
 */
async function buildInto(arch, hash, dir, step) {
  const root = join(dir, "root");
  /** @param {string} name @param {string[]} args */
  const script = (name, ...args) => run("bash", [join(recipeDir, "steps", name), ...args]).then(() => {});
  /** @type {import('./lib/manifest.mjs').PackageRecord[]} */
  let inside = [];
  let kernelVersion = "";
  /** @type {string[]} */
  let copied = [];

  await step("install Debian packages", async () => {
    const sourceList = join(dir, "sources.list");
    writeFileSync(sourceList, sources());
    const options = [
      "--variant=minbase",
      `--architectures=${arch}`,
      '--aptopt=Apt::Install-Recommends "false"',
    ];
    await run("setpriv", [
      ...confined,
      ...options,
      `--include=${packages(arch).join(",")}`,
      release,
      root,
      sourceList,
    ]);
    rmSync(sourceList);
  });
  await step("list contents", async () => {
    inside = await listPackages(root);
    kernelVersion = readdirSync(join(root, "usr/lib/modules")).join();
  });
  await step("unpack kernel", () => extractKernel(root, arch, join(dir, "kernel")));
  await step("copy clients", async () => {
    copied = await copyTools(root, arch, dir);
  });
  await step("trim", () => script("trim.sh", root, join(recipeDir, "trim.list")));
  await step("prepare kernel modules", async () => {
    await script("modules.sh", root, join(recipeDir, "modules.prune"));
    cutModuleSignatures(root);
  });
  await step("install guest files", () => script("install.sh", root, join(recipeDir, "root")));
  await step("make welcome image", () => addWelcomeImage(root, arch));
  await step("make initrd", () =>
    script("initrd.sh", root, join(recipeDir, "initrd/init"), join(dir, "initrd")),
  );
  await step("make root file system", async () => {
    await run("mkfs.erofs", ["-T", "0", "-U", rootUuid, join(dir, "root.erofs"), root]);
    rmSync(root, { recursive: true });
  });
  await step("write manifest", async () => {
    /** @param {string} name */
    const version = (name) => inside.find((item) => item.name === name)?.version ?? "unknown";
    /** @type {Manifest['files']} */
    const files = {};
    for (const name of ["kernel", "initrd", "root.erofs", ...copied])
      files[name] = await record(join(dir, name));
    /** @type {Manifest} */
    const manifest = {
      format,
      arch,
      recipeHash: hash,
      release,
      files,
      versions: {
        kernel: kernelVersion,
        docker: version("docker.io"),
        containerd: version("containerd"),
        runc: version("runc"),
        compose: version("docker-compose"),
        buildx: version("docker-buildx"),
      },
      kernelArguments,
      packages: inside,
    };
    writeFileSync(join(dir, "manifest.json"), JSON.stringify(manifest, undefined, 2) + "\n");
  });
}

/**
 * Builds the image unless the output already holds it. The output appears as a
 * whole or not at all.
 * @param {{ arch: Arch, outDir: string, onProgress?: (progress: Progress) => void }} options
 * @returns {Promise<{ built: boolean, manifest: Manifest }>}
 */
export async function buildImage({ arch, outDir, onProgress = () => {} }) {
  const out = resolve(outDir);
  const existing = await verifyImage(out).catch(() => undefined);
  const hash = recipeHash(arch);
  if (existing?.recipeHash === hash) return { built: false, manifest: existing };

  if (process.getuid?.() !== 0) {
    await runInUserNamespace(fileURLToPath(import.meta.url), ["--arch", arch, "--out", out], onProgress);
    return { built: true, manifest: await verifyImage(out) };
  }

  /** @param {string} name @param {() => Promise<void>} work */
  const step = async (name, work) => {
    onProgress({ step: name });
    const began = performance.now();
    await work();
    onProgress({ step: name, seconds: (performance.now() - began) / 1000 });
  };
  await step("check this machine", () => preflight(arch, out));
  removeLeftovers(out);
  const dir = temporaryName(out);
  mkdirSync(dir);
  try {
    await buildInto(arch, hash, dir, step);
    const old = `${dir}-old`;
    if (existsSync(out)) renameSync(out, old);
    renameSync(dir, out);
    rmSync(old, { recursive: true, force: true });
  } catch (error) {
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
    throw error;
  }
  return { built: true, manifest: await verifyImage(out) };
}

async function main() {
  const { values } = parseArgs({
    options: { arch: { type: "string" }, out: { type: "string" }, "print-hash": { type: "boolean" } },
  });
  const arch = values.arch ?? hostArch;
  if (arch !== "amd64" && arch !== "arm64")
    throw new Error("Name the architecture: --arch amd64 or --arch arm64.");
  if (values["print-hash"]) return console.log(recipeHash(arch));
  if (!values.out) throw new Error("Name the output folder: --out DIR.");
  // A reader of the progress that goes away is no reason to stop.
  process.stdout.on("error", () => {});
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, stopRunning);
  const { built, manifest } = await buildImage({
    arch,
    outDir: values.out,
    onProgress: (progress) => console.log(progressLine.print(progress)),
  });
  const { kernel, docker } = manifest.versions;
  console.log(`${built ? "Built" : "Up to date"}: ${values.out} (Linux ${kernel}, Docker ${docker})`);
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  main().catch((error) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
}
