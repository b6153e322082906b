import { debianQemuPackages, systemPackages } from "./host-packages.mjs";
import { installDebianPackages, missingDebianPackages } from "./debian.mjs";
import { inspectQemu, qemuProblem } from "./qemu.mjs";

/**
 * Makes sure that QEMU and the system packages are there: installed on Debian, named elsewhere.
 * @param {import("./system.mjs").System} system
 * @param {readonly import("./host-packages.mjs").Purpose[]} purposes
 * @returns {Promise<{ reason: string, run: (progress: import("./progress.mjs").Progress) => Promise<void> } | undefined>}
 *   undefined when nothing is to do
 */
export async function hostToolsWork(system, purposes) {
  const qemu = await inspectQemu(system.arch);
  if (system.kind === "debian") {
    const missing = await missingDebianPackages(purposes);
    if (qemu.good && missing.length === 0) return undefined;
    const names = missing.map((alternatives) => alternatives.at(-1) ?? "");
    if (!qemu.good) names.push(...debianQemuPackages(system.arch));
    return {
      reason: names.join(", "),
      run: (progress) => installDebianPackages(system, missing, !qemu.good, progress),
    };
  }
  if (qemu.good) return undefined;
  if (system.kind === "otherLinux") {
    throw qemuProblem(
      qemu,
      "Install QEMU with qemu-img from your distribution's packages (and, to build the guest image, a Debian " +
        "machine is needed: docs/setup.md), then run this again.",
    );
  }
  const { install, packages } = systemPackages[system.kind];
  const names = (packages.vm ?? []).map((alternatives) => alternatives[0]).join(" ");
  throw qemuProblem(qemu, `Run: ${install} ${names} — then open a new terminal and run this again.`);
}
