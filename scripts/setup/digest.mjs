import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { rm } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { SetupProblem } from "./problem.mjs";

/**
 * @param {string} file
 * @param {"sha256" | "sha512" | "sha1"} [algorithm]
 * @returns {Promise<string>} lower-case hex
 */
export async function fileDigest(file, algorithm = "sha256") {
  const hash = createHash(algorithm);
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}

/**
 * Refuses a file whose digest is not the expected one, and removes it so that the next run fetches it anew.
 * @param {string} file
 * @param {string} expected lower-case hex
 * @param {"sha256" | "sha512" | "sha1"} algorithm
 * @param {string} what how people call the file
 */
export async function requireDigest(file, expected, algorithm, what) {
  const actual = await fileDigest(file, algorithm);
  if (actual === expected.toLowerCase()) return;
  await rm(file, { force: true });
  throw new SetupProblem(
    `${what} is not the expected file: its ${algorithm} is ${actual}, expected ${expected}. It was removed.`,
    "Run the same command again. If it happens again, the source or a proxy on the way changes the file: " +
      "do not use that network for the set-up.",
  );
}
