import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import type { Client } from "ssh2";
import type { MachineShape, RunningMachine } from "../../../vm/host/driver/driver.ts";
import { QemuDriver } from "../../../vm/host/driver/qemu/qemu-driver.ts";
import type { GuestImage } from "../../../vm/host/guest/image.ts";
import { type MachinePaths, machinePaths, prepareHome } from "../../../vm/host/paths.ts";
import { execCommand } from "../../../vm/host/tunnel/commands.ts";
import { pingDocker } from "../../../vm/host/tunnel/probe.ts";
import { connectSsh, openUnix } from "../../../vm/host/tunnel/ssh-connection.ts";
import { silentLogger } from "../../vm/support/machine.ts";
import type { StockDisk } from "./disk.ts";

const patienceMs = 300_000;
const retryMs = 100;

/**
 * The stock Debian in a QEMU started exactly as Berth starts its own: the same driver, kernel file, devices,
 * processors and memory; only disk, initrd and kernel command line are Debian's. The first disk, Berth's root,
 * is there but not used.
 */
export class StockMachine implements AsyncDisposable {
  readonly #paths: MachinePaths;
  readonly #driver: QemuDriver;
  readonly #image: GuestImage;
  readonly #stock: StockDisk;
  readonly #shape: MachineShape;
  #running: { machine: RunningMachine; ssh: Client } | null = null;

  private constructor(home: string, image: GuestImage, stock: StockDisk, shape: MachineShape) {
    this.#paths = machinePaths(home);
    this.#driver = new QemuDriver(this.#paths, silentLogger, process.env);
    this.#stock = stock;
    this.#shape = shape;
    const manifest = { ...image.manifest, kernelArguments: "root=/dev/vdb ro quiet console=hvc0" };
    this.#image = { ...image, initrd: stock.initrd, manifest };
  }

  static async create(image: GuestImage, stock: StockDisk, shape: MachineShape): Promise<StockMachine> {
    const home = await mkdtemp(path.join(process.env["BERTH_TEST_DIR"] ?? os.tmpdir(), "stock-"));
    const machine = new StockMachine(home, image, stock, shape);
    await prepareHome(machine.#paths);
    const { dataDisk } = machine.#paths;
    const layer = ["create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", stock.disk, dataDisk];
    await promisify(execFile)(await machine.#driver.imageTool(undefined), layer);
    return machine;
  }

  /** Boots; resolves when Docker answers `/_ping` through SSH, the way Berth reaches its own. */
  async start(): Promise<void> {
    const signal = AbortSignal.timeout(patienceMs);
    const machine = await this.#driver.boot({
      shape: this.#shape,
      image: this.#image,
      guestFiles: [],
      qemuDir: undefined,
    });
    try {
      const ssh = await this.#connect(await machine.sshPort(), signal);
      this.#running = { machine, ssh };
      await dockerAnswers(ssh, signal);
    } catch (error) {
      await machine.end();
      throw error;
    }
  }

  /** A clean shutdown, which is all that a VM without saved states has; resolves when QEMU is gone. */
  async stop(): Promise<void> {
    if (!this.#running) return;
    const { machine, ssh } = this.#running;
    this.#running = null;
    const gone = ended(machine);
    // The answer is cut off by what the command does.
    void execCommand(ssh, ["systemctl", "poweroff"], {}).catch(() => undefined);
    await gone;
    ssh.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#running?.ssh.destroy();
    await this.#running?.machine.end();
    await rm(this.#paths.home, { recursive: true, force: true });
  }

  async #connect(port: number, signal: AbortSignal): Promise<Client> {
    const keys = {
      clientPrivateKey: this.#stock.clientPrivateKey,
      clientPublicKey: "",
      hostPrivateKey: "",
      hostPublicBlob: this.#stock.hostPublicBlob,
    };
    const limits = { bannerTimeoutMs: 2_500, handshakeTimeoutMs: 30_000, signal };
    for (;;) {
      try {
        return await connectSsh({ port, keys, ...limits });
      } catch (error) {
        await again(signal, error);
      }
    }
  }
}

/** Waits for QEMU's end, and keeps this program up meanwhile: the process it waits for does not. */
function ended(machine: RunningMachine): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("The stock Debian does not shut down.")), patienceMs);
    machine.once("exit", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

async function dockerAnswers(ssh: Client, signal: AbortSignal): Promise<void> {
  for (;;) {
    try {
      // systemd holds the socket: a request waits there until dockerd is up.
      const channel = await openUnix(ssh, "/run/docker.sock", patienceMs);
      if (await pingDocker(channel, patienceMs)) return;
      throw new Error("Docker refuses /_ping");
    } catch (error) {
      await again(signal, error);
    }
  }
}

async function again(signal: AbortSignal, error: unknown): Promise<void> {
  if (signal.aborted) throw new Error("The stock Debian did not come up.", { cause: error });
  await new Promise((resolve) => setTimeout(resolve, retryMs));
}
