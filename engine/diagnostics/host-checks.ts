import { chmod, stat, statfs } from "node:fs/promises";
import { SecretStore } from "../secrets/index.ts";
import type { Services } from "../services.ts";
import { findQemu, loadImage } from "../vm.ts";
import type { Inspection } from "./check.ts";

const GIB = 1024 ** 3;
/** Below this much free space the VM's disk may soon not be able to grow. */
const LEAST_FREE_BYTES = 2 * GIB;

/** What must be right on this computer before the VM can run. */
export function hostInspections(services: Services): Inspection[] {
  const { paths, program, machine, settings, ports } = services;
  return [
    {
      id: "image",
      title: "The VM's image is there and undamaged",
      look: async () => {
        await loadImage(program.imageDir, paths.verifiedImages);
        return null;
      },
    },
    {
      id: "qemu",
      title: "QEMU is installed in a version that fits",
      look: async () => {
        await findQemu(program.qemuDir);
        return null;
      },
    },
    {
      id: "accelerator",
      title: "The VM runs on the chosen accelerator",
      look: () => {
        const wanted = settings.get()["vm.accelerator"];
        const { accelerator } = machine.snapshot();
        if (wanted === "auto" || accelerator === null || accelerator === wanted) return null;
        return {
          problem: `The VM runs on ${accelerator}, although ${wanted} is chosen.`,
          fix: "Restart the VM, or choose the accelerator automatically: berth config set vm.accelerator=auto.",
        };
      },
    },
    {
      id: "home",
      title: "Berth's folder is yours alone",
      look: () => lookAtHome(paths.home),
      repair: () => chmod(paths.home, 0o700),
    },
    {
      id: "disk-space",
      title: "This computer's disk has space",
      look: async () => {
        const facts = await statfs(paths.home);
        const free = facts.bavail * facts.bsize;
        if (free >= LEAST_FREE_BYTES) return null;
        return {
          problem: `Only ${(free / GIB).toFixed(1)} GiB are free on the disk that holds ${paths.home}.`,
          fix: "Free some space: the VM pauses when its disk cannot grow.",
        };
      },
    },
    {
      id: "ports",
      title: "Published ports can be reached",
      look: () => {
        const failed = ports.list().filter((port) => port.state === "failed");
        if (failed.length === 0) return null;
        return {
          problem: failed.map((port) => `${port.container}: ${port.problem ?? "not bound"}`).join(" "),
          fix: "End the program that holds the port, or publish on another one.",
        };
      },
    },
    {
      id: "settings",
      title: "The settings are in order",
      look: () => {
        const problems = settings.problems();
        if (problems.length === 0) return null;
        return {
          problem: problems.map((problem) => problem.message).join(" "),
          fix: problems.map((problem) => problem.hint).join(" "),
        };
      },
    },
    {
      id: "credential-helper",
      title: "Passwords can be kept safely",
      look: async () => {
        await new SecretStore().helper();
        return null;
      },
    },
  ];
}

async function lookAtHome(home: string) {
  if (process.platform === "win32") return null;
  const facts = await stat(home);
  if (facts.uid !== process.getuid?.()) {
    return {
      problem: `${home} belongs to another user.`,
      fix: "Take it over with chown, or set BERTH_HOME to a folder of yours.",
      automatic: false,
    };
  }
  if ((facts.mode & 0o077) === 0) return null;
  return {
    problem: `Other users of this computer can look into ${home}.`,
    fix: "Make the folder yours alone.",
  };
}
