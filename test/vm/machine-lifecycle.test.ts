import { readFile, stat, truncate, writeFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import type { Container } from "dockerode";
import { afterAll, describe, expect, it } from "vitest";
import { QmpClient } from "../../vm/host/driver/qemu/qmp-client.ts";
import { processIdentity } from "../../vm/host/index.ts";
import { counted, countsBeyond, startCounter, ping } from "./support/containers.ts";
import { silentLogger, useSharedMachine } from "./support/machine.ts";

const under = useSharedMachine();
let counter: Container | null = null;

async function theCounter(): Promise<Container> {
  counter ??= await startCounter(under.docker);
  await countsBeyond(counter, 0);
  return counter;
}

afterAll(async () => {
  await counter?.remove({ force: true });
});

/** The guest's time between two looks at ours, in seconds beyond them: 0 when it is right. */
async function clockError(): Promise<number> {
  const before = Date.now() / 1000;
  const { stdout } = await under.machine.tunnel.exec(["date", "+%s.%N"]);
  const after = Date.now() / 1000;
  const guest = Number(stdout);
  return Math.max(0, before - guest, guest - after);
}

async function edit(file: string, change: (text: string) => string): Promise<void> {
  await writeFile(file, change(await readFile(file, "utf8")));
}

const journalled = (state: string) => (text: string) => text.replace(/"state": "\w+"/, `"state": "${state}"`);

describe("a start", () => {
  it("is done when Docker answers, and has told its phases and its accelerator", async () => {
    const snapshot = under.machine.snapshot();
    expect(snapshot).toMatchObject({ state: "running", tunnel: "up", problems: [], currentPhase: null });
    expect(snapshot.accelerator).toMatch(/^(hvf|whpx|kvm|tcg)$/);
    expect(snapshot.phases.map(({ name }) => name)).toContain("ready");
    const times = snapshot.phases.map(({ ms }) => ms);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(await ping(under.docker)).toBe("OK");
    // Asking again for what holds is no work.
    const { pid } = snapshot;
    await under.machine.start();
    expect(under.machine.snapshot().pid).toBe(pid);
  });

  it("gives a guest whose clock is right", async () => {
    expect(await clockError()).toBeLessThan(1);
  });
});

describe("suspending to disk", () => {
  it("ends QEMU; resuming continues the very same containers, with the right time", async () => {
    const container = await theCounter();
    const { StartedAt: startedAt } = (await container.inspect()).State;
    const last = (await counted(container)).at(-1) ?? 0;
    const pid = under.machine.snapshot().pid ?? 0;

    // As after a night: the guest's clock says what it was eight hours ago.
    await under.machine.tunnel.exec(["date", "-s", `@${Math.round(Date.now() / 1000) - 8 * 3600}`]);
    await under.machine.suspend();
    expect(under.machine.snapshot()).toMatchObject({ state: "suspended", pid: null, tunnel: "down" });
    expect(under.machine.snapshot().suspendedBytes).toBeGreaterThan(1e6);
    expect(await processIdentity(pid)).toBeNull();

    await under.machine.resume();
    expect(await clockError()).toBeLessThan(1);
    expect(under.machine.snapshot()).toMatchObject({
      state: "running",
      lastStart: "resumed",
      suspendedBytes: null,
      problems: [],
    });
    const numbers = await countsBeyond(container, last);
    expect(numbers).toEqual(numbers.map((_, index) => index));
    expect((await container.inspect()).State.StartedAt).toBe(startedAt);
    await expect(stat(under.machine.paths.suspendState)).rejects.toThrow("ENOENT");
  });

  it("is undone by a connection to the Docker socket", async () => {
    const container = await theCounter();
    await under.machine.suspend();
    expect((await container.inspect()).State.Running).toBe(true);
    expect(under.machine.snapshot().state).toBe("running");
  });

  it("joins requests for the same goal and takes others one after the other", async () => {
    const before = under.machine.snapshot().pid;
    await Promise.all([under.machine.suspend(), under.machine.suspend(), under.machine.resume()]);
    expect(under.machine.snapshot().state).toBe("running");
    expect(under.machine.snapshot().pid).not.toBe(before);
  });

  it("can be called off while it writes; the VM goes on and so do its connections", async () => {
    const container = await theCounter();
    const shell = await under.machine.tunnel.openShell({ command: ["cat"] });
    const calledOff = new AbortController();
    const onProgress = ({ phase }: { phase: string }) => {
      if (phase === "save") calledOff.abort();
    };
    under.machine.on("progress", onProgress);
    const { pid } = under.machine.snapshot();
    await expect(under.machine.suspend({ signal: calledOff.signal })).rejects.toMatchObject({
      code: "suspend_cancelled",
    });
    under.machine.off("progress", onProgress);
    expect(under.machine.snapshot()).toMatchObject({ state: "running", pid, suspendedBytes: null });
    await countsBeyond(container, (await counted(container)).at(-1) ?? 0);
    shell.stream.end("still here");
    expect(await text(shell.stream)).toBe("still here");
    expect(under.machine.cancelSuspend()).toBe(false);
  });

  it("survives the engine: another one resumes", async () => {
    const container = await theCounter();
    const last = (await counted(container)).at(-1) ?? 0;
    await under.machine.suspend();
    await under.reopen();
    expect(under.machine.snapshot().state).toBe("suspended");
    await under.machine.start();
    const numbers = await countsBeyond(container, last);
    expect(numbers).toEqual(numbers.map((_, index) => index));
  });
});

describe("pausing", () => {
  it("stops the containers in memory and lets them go on with the right time", async () => {
    const container = await theCounter();
    const { pid } = under.machine.snapshot();
    await under.machine.pause();
    expect(under.machine.snapshot()).toMatchObject({ state: "paused", pid });
    await under.machine.unpause();
    const last = (await counted(container)).at(-1) ?? 0;
    await countsBeyond(container, last);
    expect(await clockError()).toBeLessThan(1);
  });
});

describe("an engine that comes anew", () => {
  it("takes the running VM over without touching it", async () => {
    const container = await theCounter();
    const { pid, since, lastStart, phases } = under.machine.snapshot();
    const last = (await counted(container)).at(-1) ?? 0;
    await under.reopen();
    expect(under.machine.snapshot()).toMatchObject({ state: "running", pid, since, lastStart, phases });
    const numbers = await countsBeyond(container, last);
    expect(numbers).toEqual(numbers.map((_, index) => index));
  });

  it("does so also when the journal is damaged", async () => {
    const { pid } = under.machine.snapshot();
    await under.reopen(() => edit(under.paths.journal, () => "{"));
    expect(under.machine.snapshot()).toMatchObject({ state: "running", pid });
  });

  it("says so when the key to the running VM is damaged, and works again with the right one", async () => {
    const { pid } = under.machine.snapshot();
    const key = await readFile(under.paths.clientKey);
    await under.reopen(() => writeFile(under.paths.clientKey, "rubbish"));
    expect(under.machine.snapshot()).toMatchObject({
      state: "broken",
      pid,
      problems: [{ id: "key_damaged" }],
    });
    await under.reopen(() => writeFile(under.paths.clientKey, key));
    expect(under.machine.snapshot()).toMatchObject({ state: "running", pid, problems: [] });
  });

  it("lets a VM go on whose suspend was cut off in the middle", async () => {
    const container = await theCounter();
    const last = (await counted(container)).at(-1) ?? 0;
    await under.reopen(async () => {
      const { qmp: path, journal, suspendStatePartial } = under.paths;
      const qmp = await QmpClient.connect({ path }, silentLogger, 5_000);
      await qmp.execute("stop");
      qmp.close();
      await writeFile(suspendStatePartial, "half a state");
      await edit(journal, journalled("suspending"));
    });
    expect(under.machine.snapshot().state).toBe("running");
    const numbers = await countsBeyond(container, last);
    expect(numbers).toEqual(numbers.map((_, index) => index));
    await expect(stat(under.machine.paths.suspendStatePartial)).rejects.toThrow("ENOENT");
  });

  it("finishes a start that another one began", async () => {
    await under.reopen(() => edit(under.paths.journal, journalled("starting")));
    await under.machine.start();
    expect(under.machine.snapshot()).toMatchObject({ state: "running", tunnel: "up" });
  });
});

describe("QEMU's sudden death", () => {
  it("is told truthfully; the VM comes back by itself with what was synced to disk, a start joins", async () => {
    await under.machine.tunnel.exec(["sh", "-c", "echo kept >/data/kept && sync /data/kept"]);
    const told = new Promise<void>((resolve) => {
      under.machine.on("change", ({ state }) => {
        if (state === "stopped") resolve();
      });
    });
    process.kill(under.machine.snapshot().pid ?? 0, "SIGKILL");
    await told;
    expect(under.machine.snapshot()).toMatchObject({
      state: "stopped",
      pid: null,
      tunnel: "down",
      problems: [{ id: "vm_ended_unexpectedly" }],
    });
    counter = null;

    await expect.poll(() => under.machine.snapshot().selfRestart).toEqual({ attempt: 1, of: 3 });
    await under.machine.start();
    await expect
      .poll(() => under.machine.snapshot())
      .toMatchObject({
        state: "running",
        lastStart: "cold",
        selfRestart: null,
        problems: expect.arrayContaining([
          expect.objectContaining({ id: "vm_restarted_itself", severity: "note" }),
        ]) as unknown,
      });
    expect((await under.machine.tunnel.exec(["cat", "/data/kept"])).stdout).toBe("kept\n");
    for (const { Id } of await under.docker.listContainers({ all: true })) {
      await under.docker.getContainer(Id).remove({ force: true });
    }
  });
});

describe("an ordered stop", () => {
  it("takes the guest down cleanly; a damaged state file is told and a boot replaces it", async () => {
    await under.machine.suspend();
    await truncate(under.machine.paths.suspendState, 1_000_000);
    await under.machine.start();
    expect(under.machine.snapshot()).toMatchObject({ state: "running", lastStart: "cold" });
    expect(under.machine.snapshot().problems).toContainEqual(
      expect.objectContaining({
        id: "saved_state_not_used",
        severity: "note",
        message: expect.stringContaining("incomplete") as unknown,
      }),
    );

    const before = (await readFile(under.machine.paths.serialLog, "utf8")).length;
    await under.machine.stop({ cold: true });
    expect(under.machine.snapshot()).toMatchObject({
      state: "stopped",
      pid: null,
      warmBytes: null,
      problems: [],
    });
    const console = (await readFile(under.machine.paths.serialLog, "utf8")).slice(before);
    expect(console).not.toContain("cannot unmount");
    await under.machine.start();
    // A clean file system needs no repair.
    expect((await readFile(under.machine.paths.serialLog, "utf8")).slice(before)).not.toContain("note fsck");
  });
});
