import { createHash, randomUUID } from "node:crypto";
import { chmod, readFile } from "node:fs/promises";
import { type Endpoint } from "../../endpoint.ts";
import { BerthError, describeError } from "../../errors.ts";
import { tailOf } from "../../files/capped-log.ts";
import type { MachinePaths } from "../../paths.ts";
import type { Logger } from "../../types.ts";
import type { AttachResult, Driver, DriverCapabilities, RunningMachine, StartPlan } from "../driver.ts";
import { isSameProcess, processIdentity } from "../process-identity.ts";
import { deviceLine, type QemuPlan, qemuArguments } from "./arguments.ts";
import { suspendMethod } from "./suspend-method.ts";
import { findQemu, type QemuBinaries } from "./binaries.ts";
import { chooseEndpoints } from "./endpoints.ts";
import { killProcess, processGone, removeStale, spawnDetached, type SpawnedProcess } from "./process.ts";
import { QemuMachine } from "./qemu-machine.ts";
import { QmpClient } from "./qmp-client.ts";
import { machineName, type QemuRunRecord, readRunRecord, writeRunRecord } from "./run-record.ts";

const qmpTimeoutMs = 15_000;

/** Runs machines with QEMU, as processes of their own that outlive us. */
export class QemuDriver implements Driver {
  readonly name = "qemu";
  readonly capabilities: DriverCapabilities;
  readonly #paths: MachinePaths;
  readonly #logger: Logger;

  constructor(paths: MachinePaths, logger: Logger, environment: NodeJS.ProcessEnv) {
    this.capabilities = {
      suspendToDisk: suspendMethod(environment),
      memoryReclaim: true,
      hotForwards: { tcp: false, udp: true },
      adopt: true,
    };
    this.#paths = paths;
    this.#logger = logger;
  }

  async version(qemuDir: string | undefined): Promise<string> {
    return (await findQemu(qemuDir)).version;
  }

  async imageTool(qemuDir: string | undefined): Promise<string> {
    return (await findQemu(qemuDir)).image;
  }

  deviceHash(plan: StartPlan): string {
    const endpoints = { qmp: { path: "qmp" }, control: { path: "control" } };
    return createHash("sha256")
      .update(deviceLine(this.#qemuPlan(plan, "vm", endpoints, false)))
      .digest("hex");
  }

  boot(plan: StartPlan): Promise<RunningMachine> {
    return this.#launch(plan, false);
  }

  prepare(plan: StartPlan): Promise<RunningMachine> {
    return this.#launch(plan, true);
  }

  async attach(): Promise<AttachResult> {
    const read = await readRunRecord(this.#paths.processRecord);
    if (read.kind !== "value") {
      if (read.kind === "damaged") this.#logger.warn("The record of the VM's process is damaged");
      return this.#attachUnknown();
    }
    const record = read.value;
    const pid = record.pid ?? (await this.#pidFromFile());
    const identity = record.pid ? record.identity : pid ? await processIdentity(pid) : null;
    if (pid === null || identity === null || !(await isSameProcess(pid, identity))) {
      await this.#clearTraces();
      return { kind: "none" };
    }
    try {
      const qmp = await this.#connect(record.qmp, machineName(record.runId), 5_000);
      const machine = this.#machine(record, pid, identity, qmp, null);
      await machine.removeFormerForwards();
      return { kind: "attached", machine };
    } catch (error) {
      // Before we had its pid from a record of ours, a pid file may name a stranger: leave that alone.
      if (record.pid === null) return { kind: "none" };
      this.#logger.error("QEMU runs but does not answer", { pid, error: describeError(error) });
      return { kind: "unusable", pid, end: () => this.#endProcess(pid, identity) };
    }
  }

  async #launch(plan: StartPlan, incoming: boolean): Promise<RunningMachine> {
    const binaries = await findQemu(plan.qemuDir);
    const endpoints = await chooseEndpoints(this.#paths);
    const runId = randomUUID();
    const args = qemuArguments(this.#qemuPlan(plan, machineName(runId), endpoints, incoming));
    const record: QemuRunRecord = {
      format: 1,
      runId,
      pid: null,
      identity: "",
      shape: plan.shape,
      driverVersion: binaries.version,
      imageDir: plan.image.directory,
      imageHash: plan.image.contentHash,
      deviceHash: this.deviceHash(plan),
      ...endpoints,
    };
    await this.#clearTraces();
    await writeRunRecord(this.#paths.processRecord, record);
    const spawned = await this.#spawn(binaries, args);
    await writeRunRecord(this.#paths.processRecord, {
      ...record,
      pid: spawned.pid,
      identity: spawned.identity,
    });
    try {
      const qmp = await this.#connectTo(spawned, endpoints.qmp, machineName(runId));
      await this.#protectSockets(endpoints.qmp, endpoints.control);
      return this.#machine(record, spawned.pid, spawned.identity, qmp, spawned);
    } catch (error) {
      await this.#endProcess(spawned.pid, spawned.identity);
      throw error;
    }
  }

  async #spawn(binaries: QemuBinaries, args: string[]): Promise<SpawnedProcess> {
    this.#logger.debug("Starting QEMU", { program: binaries.system, args });
    return spawnDetached(binaries.system, args, this.#paths.qemuLog);
  }

  /** Tries until QEMU listens; its early end is told with its own words. */
  async #connectTo(spawned: SpawnedProcess, endpoint: Endpoint, name: string): Promise<QmpClient> {
    const process = { ended: false };
    void spawned.exited.then(() => (process.ended = true));
    const deadline = Date.now() + qmpTimeoutMs;
    for (;;) {
      if (process.ended) {
        const words = await spawned.lastWords();
        throw new BerthError({
          code: "qemu_exited",
          message: `QEMU ended at once: ${lastLine(words) ?? "it gave no reason"}`,
          hint: "The full text is in `berth logs qemu`.",
          cause: words,
        });
      }
      try {
        return await this.#connect(endpoint, name, 5_000);
      } catch (error) {
        if (Date.now() > deadline) throw error;
        await new Promise((resolve) => setTimeout(resolve, 15));
      }
    }
  }

  async #connect(endpoint: Endpoint, name: string, timeoutMs: number): Promise<QmpClient> {
    const qmp = await QmpClient.connect(endpoint, this.#logger, timeoutMs);
    const reply = await qmp.execute("query-name");
    if (reply.name === name) return qmp;
    qmp.close();
    throw new BerthError({
      code: "qemu_stranger",
      message: `Another QEMU ("${reply.name ?? "without a name"}") answers in place of this VM's.`,
      hint: "Give each VM a home of its own with BERTH_HOME.",
    });
  }

  /** Without a usable record something may still run here; it can only be ended. */
  async #attachUnknown(): Promise<AttachResult> {
    const pid = await this.#pidFromFile();
    if (pid === null || process.platform === "win32") return { kind: "none" };
    try {
      const qmp = await QmpClient.connect({ path: this.#paths.qmp }, this.#logger, 3_000);
      qmp.close();
    } catch {
      await this.#clearTraces();
      return { kind: "none" };
    }
    const identity = (await processIdentity(pid)) ?? "";
    return { kind: "unusable", pid, end: () => this.#endUnknown(pid, identity) };
  }

  async #endUnknown(pid: number, identity: string): Promise<void> {
    const qmp = await QmpClient.connect({ path: this.#paths.qmp }, this.#logger, 3_000);
    await qmp.execute("quit", { timeoutMs: 3_000 }).catch(() => undefined);
    qmp.close();
    await processGone(pid, identity, 5_000);
    await this.#clearTraces();
  }

  async #endProcess(pid: number, identity: string): Promise<void> {
    await killProcess(pid, identity);
    await processGone(pid, identity, 5_000);
    await this.#clearTraces();
  }

  #machine(
    record: QemuRunRecord,
    pid: number,
    identity: string,
    qmp: QmpClient,
    spawned: SpawnedProcess | null,
  ): QemuMachine {
    const { runId, shape, driverVersion, imageDir, imageHash, deviceHash } = record;
    const machine = new QemuMachine({
      record: { runId, pid, identity, shape, driverVersion, imageDir, imageHash, deviceHash },
      control: record.control,
      qmp,
      logger: this.#logger,
      lastWords: spawned ? () => spawned.lastWords() : () => tailOf(this.#paths.qemuLog, 2048),
      exited: spawned?.exited ?? null,
    });
    machine.on("exit", () => void this.#clearTraces(runId));
    return machine;
  }

  #qemuPlan(
    plan: StartPlan,
    name: string,
    endpoints: { qmp: Endpoint; control: Endpoint },
    incoming: boolean,
  ): QemuPlan {
    const { image, shape } = plan;
    return {
      arch: image.manifest.arch === "arm64" ? "arm64" : "x64",
      ...shape,
      name,
      kernel: image.kernel,
      initrd: image.initrd,
      kernelArguments: image.manifest.kernelArguments,
      root: image.root,
      dataDisk: this.#paths.dataDisk,
      hibernationDisk: this.capabilities.suspendToDisk === "hibernate" ? this.#paths.hibernationDisk : null,
      serialLog: this.#paths.serialLog,
      ...endpoints,
      pidFile: this.#paths.pidFile,
      guestFiles: plan.guestFiles,
      incoming,
    };
  }

  async #protectSockets(...endpoints: Endpoint[]): Promise<void> {
    for (const endpoint of endpoints) {
      if ("path" in endpoint) await chmod(endpoint.path, 0o600);
    }
  }

  async #pidFromFile(): Promise<number | null> {
    const text = await readFile(this.#paths.pidFile, "utf8").catch(() => "");
    return /^\d+\s*$/.test(text) ? Number(text) : null;
  }

  /** Removes what an ended process left; with `runId`, only if nobody started another meanwhile. */
  async #clearTraces(runId?: string): Promise<void> {
    if (runId !== undefined) {
      const read = await readRunRecord(this.#paths.processRecord);
      if (read.kind !== "value" || read.value.runId !== runId) return;
    }
    const { processRecord, pidFile, qmp, control } = this.#paths;
    await removeStale(processRecord, pidFile, qmp, control);
  }
}

function lastLine(text: string): string | undefined {
  return text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .at(-1)
    ?.slice(0, 300);
}
