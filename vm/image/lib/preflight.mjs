// Everything that can be missing, found before the work starts. Each check
// fails with one sentence that names the cause and the remedy.
import { accessSync, constants, existsSync, mkdirSync, statfsSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { keyring, mirrors } from "./mirror.mjs";
import { release } from "./recipe.mjs";

/** Each tool and the Debian package that carries it. @type {Record<string, string>} */
const tools = {
  mmdebstrap: "mmdebstrap",
  setpriv: "util-linux",
  unshare: "util-linux",
  "mkfs.erofs": "erofs-utils",
  "dpkg-query": "dpkg",
  modprobe: "kmod",
  depmod: "kmod",
  cpio: "cpio",
  xz: "xz-utils",
  zstd: "zstd",
  gzip: "gzip",
};

const neededBytes = 3 * 1024 ** 3;

/** This machine's architecture in Debian's words. */
export const hostArch = /** @type {Record<string, string>} */ ({ x64: "amd64", arm64: "arm64" })[
  process.arch
];

/** @param {string} name */
function onPath(name) {
  return [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/sbin"].some((dir) => {
    try {
      accessSync(join(dir, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

async function checkNetwork() {
  // apt knows proxies, fetch does not: behind one, apt itself will tell.
  if (process.env.http_proxy || process.env.https_proxy) return;
  const url = `${mirrors().main}/dists/${release}/InRelease`;
  try {
    const answer = await fetch(url, { method: "HEAD", signal: AbortSignal.timeout(20_000) });
    if (!answer.ok) throw new Error(`it answers ${answer.status}`);
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    throw new Error(
      `The Debian mirror cannot be reached at ${url} (${cause}): connect to the network, or name another mirror in BERTH_DEBIAN_MIRROR.`,
      { cause: error },
    );
  }
}

/**
 * @param {import('./recipe.mjs').Arch} arch
 * @param {string} outDir
 */
export async function preflight(arch, outDir) {
  if (process.platform !== "linux") {
    throw new Error("The guest image can be built on Linux only: run this in a Debian machine or container.");
  }
  const missing = Object.keys(tools).filter((name) => !onPath(name));
  if (missing.length > 0) {
    const names = [...new Set(missing.map((name) => tools[name]))].join(" ");
    throw new Error(`${missing.join(", ")} cannot be found: run \`apt-get install ${names}\`.`);
  }
  if (!existsSync(keyring)) {
    throw new Error(
      `Debian's signing keys are missing at ${keyring}: run \`apt-get install debian-archive-keyring\`.`,
    );
  }
  if (
    arch !== hostArch &&
    !existsSync(`/proc/sys/fs/binfmt_misc/qemu-${arch === "arm64" ? "aarch64" : "x86_64"}`)
  ) {
    throw new Error(
      `Programs for ${arch} do not run on this machine: run \`apt-get install qemu-user-static binfmt-support\` as root, and \`mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc\` if that folder is empty.`,
    );
  }
  const parent = dirname(outDir);
  try {
    mkdirSync(parent, { recursive: true });
    accessSync(parent, constants.W_OK);
  } catch {
    throw new Error(
      `${parent} cannot be written to: choose another folder with --out, or give yourself access to it.`,
    );
  }
  const disk = statfsSync(parent);
  const free = disk.bavail * disk.bsize;
  if (free < neededBytes) {
    throw new Error(
      `Only ${(free / 1024 ** 3).toFixed(1)} GiB are free at ${parent}, and the build needs ${neededBytes / 1024 ** 3}: free some space, or choose another folder with --out.`,
    );
  }
  await checkNetwork();
}
