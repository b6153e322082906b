// What is inside an image, and the proof that it is whole.
import { createHash } from "node:crypto";
import { createReadStream, existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { run } from "./run.mjs";

export const format = 1;

/** @typedef {{ sha256: string, bytes: number }} FileRecord */
/** @typedef {{ name: string, version: string, source: string, licence?: string }} PackageRecord */
/**
 * @typedef {object} Manifest
 * @property {number} format
 * @property {import('./recipe.mjs').Arch} arch
 * @property {string} recipeHash
 * @property {string} release
 * @property {Record<string, FileRecord>} files
 * @property {{ kernel: string, docker: string, containerd: string, runc: string, compose: string, buildx: string }} versions
 * @property {string} kernelArguments
 * @property {PackageRecord[]} packages
 */

/**
 * @param {string} file
 * @returns {Promise<FileRecord>}
 */
export async function record(file) {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return { sha256: hash.digest("hex"), bytes: statSync(file).size };
}

/**
 * The licences that a package's machine-readable copyright file names.
 * @param {string} root
 * @param {string} name
 */
function licence(root, name) {
  const file = join(root, "usr/share/doc", name, "copyright");
  if (!existsSync(file)) return undefined;
  const text = readFileSync(file, "utf8");
  if (!/^Format:/m.test(text)) return undefined;
  const names = [...text.matchAll(/^License:[ \t]*(\S.*)$/gm)].map((match) => String(match[1]).trim());
  return names.length > 0 ? [...new Set(names)].sort().join(", ") : undefined;
}

/**
 * @param {string} root
 * @returns {Promise<PackageRecord[]>}
 */
export async function listPackages(root) {
  const fields = "${db:Status-Status}\\t${Package}\\t${Version}\\t${source:Package}\\n";
  const output = await run("dpkg-query", [`--admindir=${join(root, "var/lib/dpkg")}`, "-W", "-f", fields]);
  return output
    .toString()
    .trim()
    .split("\n")
    .map((line) => line.split("\t"))
    .filter(([status]) => status === "installed")
    .map(([, name = "", version = "", source = ""]) => {
      const found = licence(root, name);
      return { name, version, source, ...(found === undefined ? {} : { licence: found }) };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * Reads an image's manifest and checks every file against it.
 * @param {string} dir
 * @returns {Promise<Manifest>}
 */
export async function verifyImage(dir) {
  const file = join(dir, "manifest.json");
  if (!existsSync(file))
    throw new Error(`There is no guest image at ${dir}: build it with vm/image/build.mjs.`);
  /** @type {Manifest} */
  let manifest;
  try {
    manifest = JSON.parse(readFileSync(file, "utf8"));
  } catch {
    throw new Error(
      `The guest image at ${dir} has an unreadable manifest: remove the folder and build it again.`,
    );
  }
  if (manifest.format !== format) {
    throw new Error(
      `The guest image at ${dir} has format ${manifest.format} instead of ${format}: build it again.`,
    );
  }
  for (const [name, expected] of Object.entries(manifest.files)) {
    const path = join(dir, name);
    const found = existsSync(path) ? await record(path) : undefined;
    if (found?.sha256 !== expected.sha256) {
      throw new Error(
        `The guest image at ${dir} is damaged: ${name} ${found ? "differs from" : "is missing from"} what was built; remove the folder and build it again.`,
      );
    }
  }
  return manifest;
}
