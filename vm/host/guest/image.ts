import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { z } from "zod";
import { BerthError, systemCode } from "../errors.ts";
import { readJsonFile, writeJsonFile } from "../files/json-file.ts";
import type { ImageVersions } from "../types.ts";

const fileEntry = z.object({
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  bytes: z.number().int().positive(),
});

const manifestSchema = z.object({
  format: z.literal(1),
  arch: z.enum(["amd64", "arm64"]),
  recipeHash: z.string().min(1),
  files: z.object({ kernel: fileEntry, initrd: fileEntry, "root.erofs": fileEntry }),
  versions: z.record(z.string(), z.string()),
  kernelArguments: z.string(),
});

export type ImageManifest = z.infer<typeof manifestSchema>;

/** A guest image that is whole and fits this computer. */
export interface GuestImage {
  directory: string;
  manifest: ImageManifest;
  kernel: string;
  initrd: string;
  root: string;
  /** One hash over all files: equal for equal images, wherever they lie. */
  contentHash: string;
}

const verifiedSchema = z.record(z.string(), z.string());
const imageFiles = ["kernel", "initrd", "root.erofs"] as const;

/**
 * Reads and checks an image. Digests are computed once per content: `verifiedFile` remembers which files
 * (by size, time and inode) have been found right.
 */
export async function loadImage(
  directory: string,
  verifiedFile: string,
  arch: NodeJS.Architecture = process.arch,
): Promise<GuestImage> {
  // A link may lead elsewhere tomorrow, while a saved state needs this very image.
  directory = await realpath(directory).catch(() => directory);
  const manifest = await readManifest(directory);
  const wanted = arch === "x64" ? "amd64" : arch;
  if (manifest.arch !== wanted) {
    throw imageError(
      directory,
      `is made for ${manifest.arch}, but this computer is ${wanted}`,
      "Get the image for this computer with `berth doctor --fix`.",
    );
  }
  await verifyFiles(directory, manifest, verifiedFile);
  const digests = imageFiles.map((name) => manifest.files[name].sha256);
  return {
    directory,
    manifest,
    kernel: path.join(directory, "kernel"),
    initrd: path.join(directory, "initrd"),
    root: path.join(directory, "root.erofs"),
    contentHash: createHash("sha256").update(digests.join("\n")).digest("hex"),
  };
}

async function readManifest(directory: string): Promise<ImageManifest> {
  const result = await readJsonFile(path.join(directory, "manifest.json"), manifestSchema);
  if (result.kind === "value") return result.value;
  if (result.kind === "missing") throw imageError(directory, "has no manifest.json", reinstallHint);
  throw imageError(directory, "has a manifest.json that cannot be read", reinstallHint, result.cause);
}

async function verifyFiles(directory: string, manifest: ImageManifest, verifiedFile: string): Promise<void> {
  const remembered = await readJsonFile(verifiedFile, verifiedSchema);
  const verified = remembered.kind === "value" ? remembered.value : {};
  let changed = false;
  for (const name of imageFiles) {
    const file = path.join(directory, name);
    const { bytes, sha256 } = manifest.files[name];
    const facts = await factsOf(directory, file, name);
    if (facts.bytes !== bytes) {
      throw imageError(
        directory,
        `is damaged: ${name} has ${facts.bytes} bytes, not ${bytes}`,
        reinstallHint,
      );
    }
    const stamp = `${facts.stamp}:${sha256}`;
    if (verified[file] === stamp) continue;
    if ((await sha256Of(file)) !== sha256) {
      throw imageError(directory, `is damaged: the content of ${name} is not what was built`, reinstallHint);
    }
    verified[file] = stamp;
    changed = true;
  }
  if (changed) await writeJsonFile(verifiedFile, verified);
}

async function factsOf(
  directory: string,
  file: string,
  name: string,
): Promise<{ bytes: number; stamp: string }> {
  try {
    const facts = await stat(file);
    return { bytes: facts.size, stamp: `${facts.size}:${facts.mtimeMs}:${facts.ino}` };
  } catch (cause) {
    const what = systemCode(cause) === "ENOENT" ? `lacks ${name}` : `has an unreadable ${name}`;
    throw imageError(directory, what, reinstallHint, cause);
  }
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash);
  return hash.digest("hex");
}

const reinstallHint =
  "Install the image again with `berth doctor --fix`. Your data is on another disk and stays.";

function imageError(directory: string, what: string, hint: string, cause?: unknown): BerthError {
  return new BerthError({
    code: "image_damaged",
    message: `The guest image in ${directory} ${what}.`,
    hint,
    cause,
  });
}

/** Versions of an image for display, without checking its files; null when it cannot be read. */
export async function versionsOf(directory: string): Promise<ImageVersions | null> {
  const result = await readJsonFile(path.join(directory, "manifest.json"), manifestSchema).catch(() => null);
  if (result?.kind !== "value") return null;
  const { recipeHash, versions } = result.value;
  return { recipeHash, versions };
}
