import { existsSync, readdirSync } from "node:fs";
import { open, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Rig } from "../rig.ts";
import type { FaultCase, World } from "./case.ts";

type Damage = (file: string) => Promise<void>;

const cutInHalf: Damage = async (file) => truncate(file, Math.floor((await stat(file)).size / 2));
const empty: Damage = (file) => truncate(file, 0);
const garbage: Damage = (file) => writeFile(file, Buffer.alloc(300, "\u0000garbage{"));

/** Turns every bit of one byte. */
const flipAt =
  (share: number): Damage =>
  async (file) => {
    const handle = await open(file, "r+");
    try {
      const { size } = await handle.stat();
      const at = Math.min(size - 1, Math.floor(size * share));
      const byte = Buffer.alloc(1);
      await handle.read(byte, 0, 1, at);
      await handle.write(Buffer.from([(byte[0] ?? 0) ^ 0xff]), 0, 1, at);
    } finally {
      await handle.close();
    }
  };

/** A file of the suspended VM is damaged while nobody runs; the next start copes. */
function whileSuspended(id: string, file: string, damage: Damage, short = false): FaultCase {
  return {
    id,
    short,
    async run({ rig, ledger }: World) {
      ledger.silence();
      await rig.go("suspend");
      await rig.killEngine();
      await damage(path.join(rig.home, file));
      const at = performance.now();
      await (await rig.client()).vm.start({});
      const { lastStart, problems } = await rig.peek();
      return {
        faults: 1,
        at,
        note: `${lastStart ?? ""} ${problems.map((problem) => problem.id).join(" ")}`.trim(),
      };
    },
  };
}

/** A file of the running VM is damaged and the engine killed; the next engine copes, and the VM goes on. */
function whileRunning(id: string, file: string, damage: Damage, short = false): FaultCase {
  return {
    id,
    short,
    async run({ rig }: World) {
      const qemu = rig.qemu;
      await rig.killEngine();
      await damage(path.join(rig.home, file));
      const at = performance.now();
      await rig.client();
      const { problems } = await rig.peek();
      const kept = rig.qemu === qemu ? "same VM" : "another VM";
      return { faults: 2, at, note: `${kept} ${problems.map((problem) => problem.id).join(" ")}`.trim() };
    },
  };
}

/** The files of a home that Berth itself writes, cut, emptied and changed. */
export const damageCases: readonly FaultCase[] = [
  whileSuspended("saved state cut in half", "vm/suspend.state", cutInHalf),
  whileSuspended("saved state emptied", "vm/suspend.state", empty),
  whileSuspended("saved state with a wrong head", "vm/suspend.state", flipAt(0)),
  whileSuspended("saved state gone", "vm/suspend.state", (file) => rm(file)),
  whileSuspended("saved state's description cut", "vm/suspend.json", cutInHalf),
  whileSuspended("saved state's description changed", "vm/suspend.json", flipAt(0.5)),
  whileSuspended("disk generation changed", "vm/data.generation.json", garbage),
  whileSuspended("journal cut while suspended", "vm/journal.json", cutInHalf, true),
  whileSuspended("journal emptied while suspended", "vm/journal.json", empty),
  whileRunning("journal cut while running", "vm/journal.json", cutInHalf, true),
  whileRunning("journal changed while running", "vm/journal.json", flipAt(0.4)),
  whileRunning("journal gone while running", "vm/journal.json", (file) => rm(file)),
  whileRunning("process record cut", "vm/process.json", cutInHalf),
  whileRunning("pid file changed", "vm/qemu.pid", garbage),
  settings("settings cut", cutInHalf),
  settings("settings changed", flipAt(0.5)),
  settings("settings emptied", empty),
  {
    id: "pid of another process",
    short: false,
    async run({ rig }) {
      // A process id is believed only with its start time: ours is alive, and is no QEMU.
      const file = path.join(rig.home, "vm/process.json");
      await rig.go("stop");
      await rig.killEngine();
      await writeFile(file, JSON.stringify({ pid: process.pid }));
      await writeFile(path.join(rig.home, "vm/qemu.pid"), String(process.pid));
      return { faults: 2, at: performance.now() };
    },
  },
  {
    id: "lock of another process",
    short: false,
    async run({ rig }) {
      await rig.killEngine();
      await copyLocks(rig);
      return { faults: 2, at: performance.now() };
    },
  },
  {
    id: "stale sockets",
    short: false,
    async run({ rig }) {
      await rig.killEngine();
      // The killed engine left its own; one that nobody ever listened at is worse.
      for (const name of ["engine.sock", "docker.sock"]) {
        const file = path.join(rig.home, name);
        if (!existsSync(file)) throw new Error(`${name} was not left behind, so this shows nothing.`);
      }
      return { faults: 1, at: performance.now() };
    },
  },
];

function settings(id: string, damage: Damage): FaultCase {
  return {
    id,
    short: false,
    async run({ rig }) {
      await (await rig.client()).settings.set({ "network.noProxy": "somewhere.example" });
      await rig.killEngine();
      await damage(path.join(rig.home, "settings.json"));
      const at = performance.now();
      const client = await rig.client();
      const told = (await rig.peek()).problems.filter((problem) => problem.id.startsWith("settings:"));
      const intact = (await client.settings.get())["network.noProxy"] === "somewhere.example";
      if (told.length === 0 && !intact) throw new Error("Damaged settings were not told of.");
      await client.settings.reset();
      return { faults: 2, at, note: told.map((problem) => problem.id).join(" ") };
    },
  };
}

/** Makes the locks of a killed engine name a process that lives: this one. */
async function copyLocks(rig: Rig): Promise<void> {
  const locks = readdirSync(rig.home).filter((name) => /^engine\.\d+\.lock$/.test(name));
  if (locks.length === 0) throw new Error("There is no lock to tamper with.");
  for (const name of locks) {
    const file = path.join(rig.home, name);
    const text = await readFile(file, "utf8");
    await writeFile(file, text.replace(/"pid":\s*\d+/, `"pid": ${process.pid}`));
  }
}
