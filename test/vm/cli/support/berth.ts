import { mkdtemp, readFile, rm } from "node:fs/promises";
import { existsSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { z } from "zod";
import { statusSchema } from "../../../../engine/contract/index.ts";
import type { Status } from "../../../../engine/contract/index.ts";
import { processLives, RunningProgram, runProgram } from "./program.ts";
import type { Finished, RunOptions } from "./program.ts";

const checkout = path.resolve(import.meta.dirname, "../../../..");
const program = path.join(process.env["BERTH_DIST"] ?? path.join(checkout, "dist"), "berth.cjs");

/** Folder of the guest image that the tests use. */
export function imageFolder(): string {
  const folder = process.env["BERTH_IMAGE_DIR"];
  if (folder) return folder;
  throw new Error("BERTH_IMAGE_DIR is not set: run the tests with npm test.");
}

/** One home with its own engine and VM, used through the `berth` command alone. */
export class Berth implements AsyncDisposable {
  readonly home: string;
  readonly environment: NodeJS.ProcessEnv;
  #disposal: Promise<void> | null = null;

  private constructor(home: string, environment: NodeJS.ProcessEnv) {
    this.home = home;
    this.environment = environment;
  }

  /** An empty home. */
  static async create(environment: NodeJS.ProcessEnv = {}): Promise<Berth> {
    // Short, because socket paths in it are limited to about 100 bytes.
    const home = await mkdtemp(path.join(process.env["BERTH_TEST_DIR"] ?? os.tmpdir(), "cli-"));
    return new Berth(home, {
      ...process.env,
      BERTH_IMAGE_DIR: imageFolder(),
      ...environment,
      BERTH_HOME: home,
    });
  }

  /** The same home with other variables. */
  with(environment: NodeJS.ProcessEnv): Berth {
    return new Berth(this.home, { ...this.environment, ...environment });
  }

  get dockerSocket(): string {
    return path.join(this.home, "docker.sock");
  }

  /** Runs `berth`. */
  run(args: string[], options: RunOptions = {}): Promise<Finished> {
    return runProgram(process.execPath, [program, ...args], { environment: this.environment, ...options });
  }

  /** Runs `berth` and fails when it does. */
  async done(args: string[], options: RunOptions = {}): Promise<Finished> {
    return succeeded(`berth ${args.join(" ")}`, await this.run(args, options));
  }

  /** `berth … --json`, its one document. */
  async json(args: string[], options: RunOptions = {}): Promise<unknown> {
    return JSON.parse((await this.done([...args, "--json"], options)).stdout) as unknown;
  }

  async status(): Promise<Status> {
    return statusSchema.parse(await this.json(["status"]));
  }

  /** Starts `berth` and leaves it running. */
  open(args: string[]): RunningProgram {
    return new RunningProgram(process.execPath, [program, ...args], this.environment);
  }

  /** The same command as a line for a POSIX shell, for programs that take nothing else. */
  commandLine(args: string[]): string {
    return [process.execPath, program, ...args].map(shellWord).join(" ");
  }

  /** The command line of `docker` against this home's socket. */
  dockerCommand(): { command: string; environment: NodeJS.ProcessEnv } {
    const tools = path.join(imageFolder(), "tools");
    const bundled = path.join(tools, "docker");
    return {
      command: existsSync(bundled) ? bundled : "docker",
      environment: { ...this.environment, DOCKER_HOST: `unix://${this.dockerSocket}`, DOCKER_CONFIG: tools },
    };
  }

  /** Runs `docker` and fails when it does; answers its output. */
  async docker(args: string[], options: RunOptions = {}): Promise<string> {
    const { command, environment } = this.dockerCommand();
    const finished = await runProgram(command, args, { environment, ...options });
    return succeeded(`docker ${args.join(" ")}`, finished).stdout;
  }

  /** Starts `docker` and leaves it running. */
  openDocker(args: string[]): RunningProgram {
    const { command, environment } = this.dockerCommand();
    return new RunningProgram(command, args, environment);
  }

  /** Ends VM and engine, whatever state they are in, and removes the home; once, however often it is asked. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#disposal ??= this.#dispose();
    return this.#disposal;
  }

  async #dispose(): Promise<void> {
    await this.run(["quit", "--vm", "stop"]).catch(() => undefined);
    for (const pid of await this.#recordedProcesses()) if (processLives(pid)) process.kill(pid, "SIGKILL");
    await rm(this.home, { recursive: true, force: true, maxRetries: 5 });
  }

  /** QEMU as the VM's own record names it: what is left when the engine could not end it. */
  async #recordedProcesses(): Promise<number[]> {
    const text = await readFile(path.join(this.home, "vm", "process.json"), "utf8").catch(() => "{}");
    const record = z.object({ pid: z.int() }).safeParse(JSON.parse(text));
    return record.success ? [record.data.pid] : [];
  }
}

/** A word that a POSIX shell takes as it is. */
export function shellWord(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

function succeeded(what: string, finished: Finished): Finished {
  if (finished.code === 0) return finished;
  throw new Error(`${what} exited with ${finished.code}.\n${finished.stdout}\n${finished.stderr}`);
}
