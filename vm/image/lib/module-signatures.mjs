// Kernel modules without their signatures: checking one costs more than loading the module when emulated, and
// proves nothing here, where the read-only root that holds the modules is itself checked by the host.
import { closeSync, fstatSync, ftruncateSync, openSync, readSync, readdirSync } from "node:fs";
import { join } from "node:path";

const magic = Buffer.from("~Module signature appended~\n");
/** `struct module_signature` of the kernel, whose last field is the signature's length, big endian. */
const trailerBytes = 12;

/** @param {string} file an unpacked module */
function cutSignature(file) {
  const fd = openSync(file, "r+");
  try {
    const { size } = fstatSync(fd);
    const end = Buffer.alloc(trailerBytes + magic.length);
    if (size < end.length) return;
    readSync(fd, end, 0, end.length, size - end.length);
    if (!end.subarray(trailerBytes).equals(magic)) return;
    ftruncateSync(fd, size - end.length - end.readUInt32BE(trailerBytes - 4));
  } finally {
    closeSync(fd);
  }
}

/** @param {string} root the Debian root, its modules unpacked */
export function cutModuleSignatures(root) {
  const tree = join(root, "usr/lib/modules");
  for (const name of readdirSync(tree, { recursive: true, encoding: "utf8" })) {
    if (name.endsWith(".ko")) cutSignature(join(tree, name));
  }
}
