import { spawn } from "node:child_process";
import { once } from "node:events";
import { execFileSync } from "node:child_process";
import { rmSync, statfsSync } from "node:fs";
import path from "node:path";
import { bounds, eventually } from "../bounds.ts";
import { qemuPid } from "../processes.ts";
import type { FaultCase } from "./case.ts";

/** How the engine of a home says that another one serves it (engine/contract/protocol.ts). */
const ALREADY_RUNNING = 3;

/** What the world around does: full disks, wrong clocks, a second engine. */
export const surroundingCases: readonly FaultCase[] = [
  {
    id: "guest disk full",
    short: false,
    async run({ rig, ledger }) {
      const fill =
        "fallocate -l $(( $(stat -f -c '%a * %S' /data) )) /data/ballast; dd if=/dev/zero of=/data/more bs=64k 2>/dev/null; true";
      await rig.guest(fill);
      const at = performance.now();
      // It cannot write, and says no record is written; Docker itself must stay.
      await rig.dockerAnswers();
      await rig.guest("rm -f /data/ballast /data/more; sync");
      await ledger.advances();
      return { faults: 1, at };
    },
  },
  {
    id: "host disk full",
    short: false,
    skip: ({ smallDisk }) => (smallDisk === null ? "a small file system of its own needs root" : null),
    async run({ rig, smallDisk }) {
      const ballast = path.join(smallDisk ?? "", "ballast");
      const { bavail, bsize } = statfsSync(smallDisk ?? "");
      execFileSync("fallocate", ["-l", String(bavail * bsize - 4 * 2 ** 20), ballast]);
      // Something that must reach new blocks of the disk's file.
      const writing = rig
        .guest("head -c 60000000 /dev/urandom >/data/filler; sync; rm -f /data/filler")
        .catch(() => undefined);
      const at = performance.now();
      try {
        const told = await eventually("word of the full disk", bounds.transitionMs, async () => {
          const { problems } = await rig.peek();
          return problems.find(({ id }) => id === "host_disk_full") ?? null;
        });
        if (told.hint === "") throw new Error("It names no remedy.");
      } finally {
        rmSync(ballast, { force: true });
      }
      await writing;
      return { faults: 1, at, note: "host_disk_full" };
    },
  },
  {
    id: "suspend on a full host disk",
    short: false,
    skip: ({ smallDisk }) => (smallDisk === null ? "a small file system of its own needs root" : null),
    async run({ rig, smallDisk }) {
      const ballast = path.join(smallDisk ?? "", "ballast");
      const { bavail, bsize } = statfsSync(smallDisk ?? "");
      execFileSync("fallocate", ["-l", String(bavail * bsize - 48 * 2 ** 20), ballast]);
      const at = performance.now();
      try {
        const refused = await rig.begin("suspend").then(
          () => false,
          () => true,
        );
        if (!refused) throw new Error("It could be suspended without space.");
      } finally {
        rmSync(ballast, { force: true });
      }
      return { faults: 1, at };
    },
  },
  ...[8 * 3600, -3600].map((seconds): FaultCase => ({
    id: `guest's clock ${seconds > 0 ? "ahead" : "behind"} by ${Math.abs(seconds / 3600)} h`,
    short: false,
    async run({ rig }) {
      await rig.guest(`date -s "@$(( $(date +%s) + ${seconds} ))" >/dev/null`);
      const at = performance.now();
      await (await rig.client()).power.event({ event: "wake" });
      await eventually("the right time in the VM", 10_000, async () => {
        const guest = Number((await rig.guest("date +%s")).trim());
        return Math.abs(guest - Date.now() / 1000) < 3 ? true : null;
      });
      return { faults: 1, at };
    },
  })),
  {
    id: "two engines race for one home",
    short: true,
    async run({ rig }) {
      const qemu = rig.qemu;
      await rig.killEngine();
      const at = performance.now();
      const { command, args } = rig.engineCommand;
      const racers = Array.from({ length: 4 }, () =>
        spawn(command, args, {
          detached: true,
          stdio: "ignore",
          env: { ...process.env, BERTH_HOME: rig.home },
        }),
      );
      const ended: (number | null)[] = [];
      for (const racer of racers) {
        racer.unref();
        void once(racer, "exit").then(([code]) => ended.push(code as number | null));
      }
      await rig.client();
      await eventually("the losers' end", bounds.engineMs, () => (ended.length === 3 ? true : null));
      if (ended.some((code) => code !== ALREADY_RUNNING))
        throw new Error(`Racers ended with ${ended.join(", ")}.`);
      if (qemuPid(rig.home) !== qemu) throw new Error("The race touched the VM.");
      return { faults: 4, at };
    },
  },
];
