// The kernel as QEMU starts it fastest: unpacked, so that no emulated code has to unpack it.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "./run.mjs";

/** How packed kernels begin, and what unpacks them. @type {[string, string, string[]][]} */
const packers = [
  ["28b52ffd", "zstd", ["-dcq"]],
  ["fd377a58", "xz", ["-dcq", "--single-stream"]],
  ["1f8b", "gzip", ["-dcq"]],
];

/** @param {Buffer} packed */
async function unpack(packed) {
  const found = packers.find(([magic]) => packed.subarray(0, 6).toString("hex").startsWith(magic));
  if (!found)
    throw new Error("The kernel is packed in an unknown way: teach vm/image/lib/kernel.mjs its unpacker.");
  return run(found[1], found[2], { input: packed });
}

/**
 * The ELF kernel inside an x86 boot image; offsets as in the kernel's boot protocol.
 * @param {Buffer} image
 */
async function unpackBzImage(image) {
  if (image.toString("latin1", 0x202, 0x206) !== "HdrS")
    throw new Error("The kernel is not an x86 boot image.");
  const setupSectors = image[0x1f1] || 4;
  const start = (setupSectors + 1) * 512 + image.readUInt32LE(0x248);
  // The last four bytes are the unpacked size, not part of the packed stream.
  const packed = image.subarray(start, start + image.readUInt32LE(0x24c) - 4);
  const kernel = await unpack(packed);
  if (kernel.toString("latin1", 1, 4) !== "ELF")
    throw new Error("What was packed in the kernel image is no ELF file.");
  return kernel;
}

/**
 * @param {string} root
 * @param {import('./recipe.mjs').Arch} arch
 * @param {string} out
 */
export async function extractKernel(root, arch, out) {
  const boot = join(root, "boot");
  const name = readdirSync(boot).find((entry) => entry.startsWith("vmlinuz-"));
  if (!name) throw new Error("The Debian root holds no kernel.");
  const image = readFileSync(join(boot, name));
  if (arch === "amd64") writeFileSync(out, await unpackBzImage(image));
  else writeFileSync(out, image.toString("hex", 0, 2) === "1f8b" ? await unpack(image) : image);
}
