// What the image is made of: the parts that are decisions, and the hash over all of it.
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** @typedef {'amd64' | 'arm64'} Arch */

/** The recipe's folder. */
export const recipeDir = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");

/** The Debian release. Trixie has stable security support, which the newer engine of the next one lacks. */
export const release = "trixie";

/** The command line the host passes to the kernel. */
export const kernelArguments = [
  "console=hvc0",
  "quiet",
  "loglevel=4",
  // A panic restarts at once, which QEMU's -no-reboot turns into an exit that the host sees.
  "panic=-1",
  // The VM has one tenant, and its wall is the hypervisor.
  "mitigations=off",
  // Calibrating clocks and probing absent devices is the larger part of a kernel start under emulation.
  "tsc=reliable",
  "no_timer_check",
  "i8042.noaux",
  "i8042.nokbd",
  "i8042.nopnp",
  "8250.nr_uarts=0",
  "audit=0",
  // With AppArmor off the kernel would take SELinux, without a policy: each system call would pay for it.
  "lsm=landlock,yama",
  // What hardens one tenant's kernel against itself is paid on every allocation and copy.
  "init_on_alloc=0",
  "hardened_usercopy=off",
  "randomize_kstack_offset=off",
  // Network and mount changes wait for these; two processors can afford to be asked.
  "rcupdate.rcu_expedited=1",
  "cryptomgr.notests",
  "nowatchdog",
  // Huge pages for every program cost time to clear, and memory that the host does not get back.
  "transparent_hugepage=madvise",
  // Callbacks may wait a little: waking their thread at each tick is a tenth of a start.
  "rcutree.jiffies_till_first_fqs=10",
  "rcutree.jiffies_till_next_fqs=10",
  // A second random source, and certificates for signatures that nothing here checks.
  "initcall_blacklist=jent_mod_init,load_system_certificate_list",
  "cgroup_no_v1=all",
  "random.trust_cpu=1",
].join(" ");

/** @param {string} file a list with one entry a line and `#` comments, relative to the recipe */
export function readList(file) {
  return readFileSync(join(recipeDir, file), "utf8")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
}

/**
 * The Debian packages to install.
 * @param {Arch} arch
 */
export function packages(arch) {
  return [`linux-image-cloud-${arch}`, ...readList("packages.list")];
}

/**
 * @param {string} dir
 * @param {string} prefix
 * @returns {string[]} every file below, relative, sorted
 */
function walk(dir, prefix = "") {
  return readdirSync(join(dir, prefix), { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(prefix, entry.name);
      return entry.isDirectory() ? walk(dir, path) : [path];
    })
    .sort();
}

/**
 * Identifies a recipe: the same hash means the same instructions, so an image
 * that carries it need not be built again.
 * @param {Arch} arch
 */
export function recipeHash(arch) {
  const hash = createHash("sha256").update(`berth guest image\0${arch}\0`);
  for (const path of walk(recipeDir)) {
    const file = join(recipeDir, path);
    const executable = (statSync(file).mode & 0o100) !== 0;
    const content = readFileSync(file);
    hash.update(`${path}\0${executable ? "x" : "-"}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex");
}
