import type { EventEmitter } from "node:events";
import type { Endpoint } from "../endpoint.ts";
import type { GuestImage } from "../guest/image.ts";
import type { Accelerator, SuspendMethod } from "../types.ts";

/** What a driver can do; callers ask this record, never the driver's name. */
export interface DriverCapabilities {
  /** How the whole machine can be put to disk and continued from there. */
  suspendToDisk: SuspendMethod;
  /** Memory that the guest frees goes back to the host. */
  memoryReclaim: boolean;
  /** Port forwards can be added while the guest runs, by protocol. */
  hotForwards: { tcp: boolean; udp: boolean };
  /** A running machine survives us and can be taken over. */
  adopt: boolean;
}

/** The part of a machine that is fixed for its whole life, saved states included. */
export interface MachineShape {
  cpus: number;
  memoryMiB: number;
  accelerator: Accelerator;
}

export interface StartPlan {
  shape: MachineShape;
  image: GuestImage;
  /** Files handed to the guest, by name. */
  guestFiles: { name: string; file: string }[];
  qemuDir: string | undefined;
}

/** How a running machine began, kept beside it so that it can be taken over. */
export interface RunRecord {
  runId: string;
  pid: number;
  identity: string;
  shape: MachineShape;
  driverVersion: string;
  imageDir: string;
  imageHash: string;
  /** Changes when a saved state would no longer fit. */
  deviceHash: string;
}

/** `halted`: paused by itself because the host could not read or write for it. */
export type MachineRunState = "running" | "paused" | "halted" | "loading" | "saved" | "failed" | "ended";

export interface InputOutputProblem {
  operation: "read" | "write";
  /** The host's disk is full. */
  noSpace: boolean;
  reason: string;
}

export interface RunningMachineEvents {
  /** The process is gone; `log` holds its last words. */
  exit: [{ exitCode: number | null; log: string }];
  /** The guest powered off or rebooted of its own accord. */
  guestShutdown: [];
  /** The virtual machine cannot go on; typical of an accelerator that does not really work. */
  crashed: [{ reason: string }];
  /** The machine paused because the host could not read or write for it. */
  ioProblem: [InputOutputProblem];
}

export interface SaveOptions {
  /** Hears now and then, while it is being written, how many bytes of how many are done. */
  onProgress?: (bytes: { done: number; total: number }) => void;
  signal?: AbortSignal;
}

/** One machine that exists as a process right now. */
export interface RunningMachine extends EventEmitter<RunningMachineEvents> {
  readonly record: RunRecord;
  /** The guest's line channel. */
  readonly control: Endpoint;
  readonly ended: boolean;
  /** Port on 127.0.0.1 that leads to the guest's sshd. */
  sshPort(): Promise<number>;
  runState(): Promise<MachineRunState>;
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Writes the paused machine to a file. On failure, or when called off, it is as before. */
  save(file: string, options?: SaveOptions): Promise<void>;
  /** Ends a save that somebody else began; the machine cannot be continued before. */
  abandonSave(): Promise<void>;
  /** Loads a saved state; the machine is paused afterwards. */
  load(file: string): Promise<void>;
  /** Makes the data disk larger while the guest runs. */
  growDisk(bytes: number): Promise<void>;
  addUdpForward(hostAddress: string, hostPort: number, guestPort: number): Promise<void>;
  removeUdpForward(hostAddress: string, hostPort: number): Promise<void>;
  /** Asks for nothing: ends the process, at first politely. */
  end(): Promise<void>;
  /** Stops watching; the machine goes on. */
  detach(): void;
}

/** `unusable`: a process holds this home's machine but cannot be talked to; it can only be ended. */
export type AttachResult =
  | { kind: "none" }
  | { kind: "attached"; machine: RunningMachine }
  | { kind: "unusable"; pid: number; end: () => Promise<void> };

/** A way to run machines. QEMU is the first; see docs/vm.md for what another must provide. */
export interface Driver {
  readonly name: string;
  readonly capabilities: DriverCapabilities;
  /** Version of the driver as installed now; throws a BerthError when it is not usable. */
  version(qemuDir: string | undefined): Promise<string>;
  /** Program that makes and checks disk files. */
  imageTool(qemuDir: string | undefined): Promise<string>;
  /** Hash that a saved state must share with the machine it is loaded into. */
  deviceHash(plan: StartPlan): string;
  /** Starts the process and boots. */
  boot(plan: StartPlan): Promise<RunningMachine>;
  /** Starts the process waiting for `load`. */
  prepare(plan: StartPlan): Promise<RunningMachine>;
  /** Takes over the machine that runs in this home, if any. */
  attach(): Promise<AttachResult>;
}
