import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { chmod, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import http from "node:http";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  BerthError,
  Machine,
  type MachineConfig,
  type MachineOptions,
  machinePaths,
  type MachinePaths,
  prepareHome,
  processIdentity,
} from "../../../vm/host/index.ts";
import { containing, memoryLogger, temporaryHome } from "./support/home.ts";

let home: string;
let paths: MachinePaths;
let config: MachineConfig;
let machine: Machine | null = null;

beforeEach(async () => {
  home = await temporaryHome();
  paths = machinePaths(home);
  await prepareHome(paths);
  config = { cpus: 1, memoryMiB: 256, diskGiB: 1, accelerator: "tcg", imageDir: path.join(home, "image") };
});

afterEach(async () => {
  await machine?.stop({ force: true }).catch(() => undefined);
  await machine?.close();
  machine = null;
});

async function open(options: MachineOptions = {}): Promise<Machine> {
  machine = await Machine.open(home, () => config, memoryLogger(), options);
  return machine;
}

/** An image that is whole by its digests, though no system. */
async function fakeImage(): Promise<void> {
  await mkdir(config.imageDir, { recursive: true });
  const files: Record<string, { sha256: string; bytes: number }> = {};
  for (const name of ["kernel", "initrd", "root.erofs"]) {
    const content = Buffer.from(`${name} `.repeat(300));
    await writeFile(path.join(config.imageDir, name), content);
    files[name] = { sha256: createHash("sha256").update(content).digest("hex"), bytes: content.length };
  }
  const manifest = {
    format: 1,
    arch: process.arch === "arm64" ? "arm64" : "amd64",
    recipeHash: "r1",
    files,
    versions: { docker: "1" },
    kernelArguments: "quiet",
  };
  await writeFile(path.join(config.imageDir, "manifest.json"), JSON.stringify(manifest));
}

async function startError(): Promise<BerthError> {
  const opened = machine ?? (await open());
  const error: unknown = await opened.start().then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof BerthError)) throw new Error(`no BerthError: ${String(error)}`);
  expect(error.hint).not.toBe("");
  return error;
}

function dockerAnswer(): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    http
      .get({ socketPath: paths.dockerSocket, path: "/version" }, (response) => {
        let body = "";
        response.on("data", (chunk: Buffer) => (body += chunk.toString()));
        response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
      })
      .on("error", reject);
  });
}

describe("opening a home", () => {
  it("finds nothing in a new one, and tells Docker clients so", async () => {
    const { state, pid, problems } = (await open()).snapshot();
    expect({ state, pid, problems }).toEqual({ state: "absent", pid: null, problems: [] });
    const answer = await dockerAnswer();
    expect(answer.status).toBe(503);
    expect(answer.body).toContain("berth start");
  });

  it.each([
    ["a damaged journal", () => writeFile(paths.journal, "{ half")],
    ["a journal of another version", () => writeFile(paths.journal, JSON.stringify({ format: 99 }))],
    ["a damaged process record", () => writeFile(paths.processRecord, "\0\0\0")],
    ["a pid file of a stranger", () => writeFile(paths.pidFile, `${process.pid}\n`)],
    ["a file where a socket was", () => writeFile(paths.qmp, "")],
    [
      "a damaged counter and memory",
      async () => {
        await writeFile(paths.diskGeneration, "x");
        await writeFile(paths.accelerators, "x");
      },
    ],
  ])("gets along with %s", async (_name, damage) => {
    await writeFile(paths.dataDisk, "precious");
    await damage();
    expect((await open()).snapshot().state).toBe("stopped");
    expect(await readFile(paths.dataDisk, "utf8")).toBe("precious");
  });

  it("does not take another process with the same number for its QEMU", async () => {
    const stranger = spawn("sleep", ["60"]);
    try {
      const pid = stranger.pid ?? 0;
      await writeRecord({ pid, identity: "another-boot:1" });
      await writeJournal("running");
      const opened = await open();
      expect(opened.snapshot()).toMatchObject({
        state: "absent",
        pid: null,
        problems: [{ id: "vm_ended_unexpectedly" }],
      });
      await opened.stop({ force: true });
      expect(stranger.exitCode).toBeNull();
      expect(await processIdentity(pid)).not.toBeNull();
    } finally {
      stranger.kill();
    }
  });

  it("says so when its QEMU runs but is deaf, and ends it only when told to", async () => {
    const deaf = spawn("sleep", ["60"]);
    const pid = deaf.pid ?? 0;
    const ended = new Promise((resolve) => deaf.once("exit", resolve));
    await writeRecord({ pid, identity: (await processIdentity(pid)) ?? "" });
    await writeJournal("running");
    const opened = await open();
    expect(opened.snapshot()).toMatchObject({ state: "broken", pid });
    expect(opened.snapshot().problems[0]?.hint).toContain("berth stop --force");
    await opened.stop({ force: true });
    await ended;
    expect(opened.snapshot()).toMatchObject({ state: "stopped", pid: null, problems: [] });
  });

  async function writeRecord(part: { pid: number; identity: string }): Promise<void> {
    const record = {
      format: 1,
      runId: "r",
      shape: { cpus: 1, memoryMiB: 256, accelerator: "tcg" },
      driverVersion: "10",
      imageDir: "/image",
      imageHash: "i",
      deviceHash: "d",
      qmp: { path: paths.qmp },
      control: { path: paths.control },
      ...part,
    };
    await writeFile(paths.processRecord, JSON.stringify(record));
  }

  async function writeJournal(state: string): Promise<void> {
    const journal = { format: 1, state, since: "s", lastStart: "cold", phases: [], diskGiB: 1, problems: [] };
    await writeFile(paths.journal, JSON.stringify(journal));
  }
});

describe("a start that cannot succeed", () => {
  it("names a missing image", async () => {
    expect(await startError()).toMatchObject({
      code: "image_damaged",
      message: containing("manifest"),
    });
    expect(machine?.snapshot()).toMatchObject({ state: "broken", problems: [{ id: "image_damaged" }] });
  });

  it("names a damaged image file", async () => {
    await fakeImage();
    const file = path.join(config.imageDir, "root.erofs");
    const content = await readFile(file);
    content[5] = 0;
    await writeFile(file, content);
    expect((await startError()).message).toContain("root.erofs");
  });

  it("names a damaged disk and leaves it alone", async () => {
    await fakeImage();
    await writeFile(paths.dataDisk, "precious");
    expect((await startError()).code).toBe("disk_damaged");
    expect(machine?.snapshot().state).toBe("broken");
    expect(await readFile(paths.dataDisk, "utf8")).toBe("precious");
  });

  it("names QEMU when it is missing or too old", async () => {
    config.qemuDir = path.join(home, "qemu");
    expect((await startError()).code).toBe("qemu_missing");
    await mkdir(config.qemuDir);
    for (const name of ["qemu-system-x86_64", "qemu-system-aarch64", "qemu-img"]) {
      const file = path.join(config.qemuDir, name);
      await writeFile(file, "#!/bin/sh\necho 'QEMU emulator version 7.2.5 (old)'\n");
      await chmod(file, 0o755);
    }
    const old = await startError();
    expect(old.code).toBe("qemu_too_old");
    expect(old.message).toContain("7.2.5");
    expect(old.hint).toContain("qemu-system-x86");
  });

  it("names an unknown accelerator", async () => {
    await fakeImage();
    await open({ environment: { ...process.env, BERTH_ACCEL: "magic" } });
    expect((await startError()).message).toContain("magic");
  });

  it("tells when QEMU does not get going, leaves no process and can be tried again", async () => {
    await fakeImage();
    const first = await startError();
    expect(first.code).toMatch(/^qemu_exited|vm_start_failed$/);
    expect(machine?.snapshot()).toMatchObject({ state: "broken", pid: null });
    expect(await readdir(paths.vm)).not.toContain("process.json");
    expect((await startError()).code).toBe(first.code);
    await machine?.stop();
    expect(machine?.snapshot().state).toBe("stopped");
  });

  it("is called off by a stop", async () => {
    await fakeImage();
    const opened = await open();
    const starting = opened.start();
    const stopping = opened.stop();
    await expect(starting).rejects.toBeInstanceOf(BerthError);
    await stopping;
    expect(["stopped", "absent"]).toContain(opened.snapshot().state);
  });
});

describe("requests in the wrong state", () => {
  it("are refused with a hint, and idempotent ones pass", async () => {
    const opened = await open();
    await opened.stop();
    await opened.delete();
    for (const request of ["pause", "suspend", "unpause", "resume", "trim"] as const) {
      await expect(opened[request]()).rejects.toMatchObject({
        code: "wrong_state",
        hint: containing("berth"),
      });
    }
  });

  it("delete removes disk and keys, or keeps them when told", async () => {
    await fakeImage();
    await startError();
    await machine?.delete({ keepData: true });
    expect((await stat(paths.dataDisk)).isFile()).toBe(true);
    expect((await readdir(paths.keys)).length).toBe(2);
    await machine?.delete();
    expect(machine?.snapshot().state).toBe("absent");
    expect(await readdir(paths.keys)).toEqual([]);
    await expect(stat(paths.dataDisk)).rejects.toThrow("ENOENT");
  });
});
