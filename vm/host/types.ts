import type { Duplex, Readable } from "node:stream";
import type { EventEmitter } from "node:events";

/** Where log lines go; `fields` is structured detail (causes, identifiers), never secrets. */
export interface Logger {
  debug(message: string, fields?: Record<string, unknown>): void;
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
}

/** `auto` tries what the platform offers and remembers what really booted a guest. */
export type AcceleratorSetting = "auto" | Accelerator;
export type Accelerator = "hvf" | "whpx" | "kvm" | "tcg";

/** What the caller wants the machine to be; read anew at every start and resume. */
export interface MachineConfig {
  cpus: number;
  memoryMiB: number;
  /** Size of the data disk the guest sees. It may grow, never shrink. */
  diskGiB: number;
  accelerator: AcceleratorSetting;
  /** Folder with kernel, initrd, root.erofs and manifest.json. */
  imageDir: string;
  /** Folder with the QEMU programs; otherwise BERTH_QEMU, PATH and the platform's usual places. */
  qemuDir?: string;
  /** Content of dockerd's daemon.json in the guest; undefined leaves the image's own. */
  daemonJson?: string;
  /** Environment of dockerd and containerd in the guest, for example HTTPS_PROXY. */
  environment?: Record<string, string>;
  /** Whether `stop` keeps the quiet machine on disk, so that the next start is a resume. Default true. */
  warmStop?: boolean;
  /** Whether clients at the Docker socket or a published port start a stopped machine too. Default false. */
  wakeWhenStopped?: boolean;
}

/**
 * How `suspend` works here. `migrate`: QEMU writes the machine to a file. `hibernate`: the guest's kernel writes
 * its memory to a disk of its own and powers off. `none`: not at all; stopping is the nearest there is.
 */
export type SuspendMethod = "migrate" | "hibernate" | "none";

export type VmState =
  | "absent"
  | "creating"
  | "stopped"
  | "starting"
  | "running"
  | "paused"
  | "suspending"
  | "suspended"
  | "resuming"
  | "stopping"
  | "broken";

/** How the present (or last) run of the guest began. */
export type StartKind = "cold" | "warm" | "resumed";

/** One step of the last start; `ms` counts from the request to the moment the step was reached. */
export interface StartPhase {
  name: string;
  ms: number;
}

/** Something a person should know: what is wrong and what to do about it. */
export interface Problem {
  id: string;
  message: string;
  hint: string;
  /** `note` is information (a saved state could not be used), `problem` needs attention. */
  severity: "problem" | "note";
}

/** What the guest's data takes. */
export interface MachineDisk {
  /** Bytes in use on the guest's file system; null while the guest cannot be asked. */
  guestUsedBytes: number | null;
  /** Bytes that the data disk's files really occupy on the host, those that snapshots keep included. */
  hostUsedBytes: number;
}

export interface ImageVersions {
  recipeHash: string;
  versions: Record<string, string>;
}

/** The whole truth about the machine at one moment; safe to keep, never mutated. */
export interface MachineSnapshot {
  state: VmState;
  /** ISO 8601 time at which this state began. */
  since: string;
  lastStart: StartKind | null;
  phases: StartPhase[];
  /** The step the present transition is in, null when none is under way. */
  currentPhase: string | null;
  accelerator: Accelerator | null;
  /** Values of the running guest, or of the configuration when none runs. */
  cpus: number;
  memoryMiB: number;
  diskGiB: number;
  /** Process id of QEMU. */
  pid: number | null;
  qemuVersion: string | null;
  image: ImageVersions | null;
  tunnel: TunnelState;
  /** Whether `suspend` is possible with this driver. */
  canSuspend: boolean;
  /** What `suspend` will do. */
  suspendMethod: SuspendMethod;
  disk: MachineDisk;
  /** Bytes of the saved state on disk, null when there is none. */
  suspendedBytes: number | null;
  /** Bytes of the state that the last stop kept for a fast start, null when there is none. */
  warmBytes: number | null;
  /** QEMU ended unasked and is being started again by itself; null otherwise. */
  selfRestart: SelfRestart | null;
  /** A VM snapshot was restored and what it replaced is still kept, for `undoRestore`. */
  pendingRestore: PendingRestore | null;
  problems: Problem[];
}

/** A restart that nobody asked for, after QEMU's sudden end. */
export interface SelfRestart {
  /** 1 for the first of a row. */
  attempt: number;
  /** How many there are at most within the window. */
  of: number;
}

/** A restored VM snapshot that has neither been confirmed nor undone. */
export interface PendingRestore {
  /** Name of the snapshot that was restored. */
  snapshot: string;
  /** Name of the automatic snapshot that holds what was replaced. */
  replaced: string;
  /** ISO 8601 time of the restore. */
  at: string;
}

/** One event of a running transition, for progress displays. */
export interface MachineProgress {
  transition: "start" | "stop" | "suspend" | "resume" | "delete" | "snapshot" | "restore" | "upgrade";
  phase: string;
  /** Milliseconds since the transition was asked for. */
  ms: number;
  /** One short sentence for people. */
  message: string;
  /** How far the writing of a state or disk is. */
  bytes?: { done: number; total: number };
}

export interface MachineEvents {
  /** State, phases or problems changed. */
  change: [MachineSnapshot];
  progress: [MachineProgress];
}

export type TunnelState = "down" | "connecting" | "up";

/** A port of the guest that shall appear on the host. */
export interface PortForward {
  protocol: "tcp" | "udp";
  /** Address asked for; "", "0.0.0.0" and "::" mean this computer only (127.0.0.1). */
  hostAddress: string;
  hostPort: number;
  /** Address in the guest; "", "0.0.0.0" and "::" mean 127.0.0.1. */
  guestAddress: string;
  guestPort: number;
  /** Name of the owner, shown to people; plays no part in comparing forwards. */
  container?: string;
}

export interface PortForwardStatus extends PortForward {
  /** `listening`: bound on the host. `waiting`: wanted, the VM is not reachable yet. */
  state: "listening" | "waiting" | "failed";
  /** Cause and remedy when `failed`. */
  problem: string | null;
  /** Address really bound on the host. */
  boundAddress: string;
}

export interface ExecOptions {
  /** Written to the command's standard input, which is then closed. */
  stdin?: string | Uint8Array;
  timeoutMs?: number;
  signal?: AbortSignal;
  /** Output beyond this many bytes (each of stdout and stderr) is dropped. Default 16 MiB. */
  maxBytes?: number;
}

export interface ExecResult {
  stdout: string;
  stderr: string;
  /** Exit code, or 128 when the command ended by a signal. */
  exitCode: number;
}

export interface ShellOptions {
  /** Command and arguments; without it the login shell. */
  command?: string[];
  /** Asks for a terminal of this size; without it plain pipes. */
  terminal?: { columns: number; rows: number; term?: string };
}

/** A command running in the guest with live streams. */
export interface ShellSession {
  /** stdin when written, stdout when read; ending it sends end of file. */
  stream: Duplex;
  stderr: Readable;
  exit: Promise<{ exitCode: number; signal: string | null }>;
  resize(columns: number, rows: number): void;
  close(): void;
}

/** Sees what passes between one client of this computer and the guest; it must not keep the chunks. */
export interface ClientTap {
  /** From the client to the guest. */
  sent(chunk: Buffer): void;
  received(chunk: Buffer): void;
  closed(): void;
}

/** Asked for each connection of a client, to the Docker socket or to a published port; null: do not care. */
export type ClientWatch = (kind: "docker" | "port") => ClientTap | null;

export interface TunnelEvents {
  /** The tunnel went up, down or is being connected. */
  state: [TunnelState];
  /** Some forward changed its state. */
  ports: [PortForwardStatus[]];
}

/**
 * The supervised connection into the guest. Everything waits (bounded) while it is being rebuilt. Clients of the
 * Docker socket and of published ports wake a suspended VM; the methods here do not, and reject instead.
 */
export interface Tunnel extends EventEmitter<TunnelEvents> {
  readonly state: TunnelState;
  /** Resolves once the guest's Docker engine answers; rejects with a BerthError after `timeoutMs`. */
  ready(timeoutMs?: number): Promise<void>;
  /** Runs a command as root in the guest, without any interpretation of the arguments. */
  exec(command: string[], options?: ExecOptions): Promise<ExecResult>;
  openShell(options?: ShellOptions): Promise<ShellSession>;
  /** A stream to a unix socket in the guest, half-close honoured both ways. */
  connectUnix(path: string): Promise<Duplex>;
  /** A stream to a TCP address as seen from the guest. */
  connectTcp(host: string, port: number): Promise<Duplex>;
  /** Declares the whole set of wanted forwards; the supervisor makes it so. */
  setDesiredPorts(forwards: PortForward[]): void;
  forwards(): PortForwardStatus[];
  /** Watches every connection that clients open from now on. */
  watchClients(watch: ClientWatch): void;
}

export interface StartOptions {
  /** Boot from scratch although a saved state exists (which is then thrown away). */
  cold?: boolean;
}

export interface StopOptions {
  /** Skip the ordered shutdown: end QEMU at once, as pulling the plug would. */
  force?: boolean;
  /** Shut the guest down instead of keeping the quiet machine for a fast start. */
  cold?: boolean;
}

export interface SuspendOptions {
  /** Calls the suspend off; the VM then goes on running. */
  signal?: AbortSignal;
}

/** What giving back unused memory and disk space has brought; null is what could not be measured. */
export interface ReclaimResult {
  /** Bytes the data disk's file became smaller by on the host. */
  freedDiskBytes: number;
  /** Bytes of memory QEMU gave back to the host. */
  freedMemoryBytes: number | null;
  /** Bytes the data disk's file occupies on the host now. */
  hostUsedBytes: number;
  /** Bytes in use on the guest's file system now. */
  guestUsedBytes: number | null;
}

/** A kept moment of the whole VM. */
export interface VmSnapshot {
  /** 1 to 64 letters, digits, dots, dashes and underscores, beginning with a letter or digit. */
  name: string;
  /** ISO 8601 time at which it was made. */
  createdAt: string;
  /** The running machine is in it too: restoring it goes on where it stood. */
  withState: boolean;
  /** Made by a restore, to keep what it replaced. */
  automatic: boolean;
  /** Size of the disk as the guest sees it. */
  diskGiB: number;
  /** Bytes on this computer that deleting it would give back. */
  uniqueBytes: number;
}

/** Snapshots of the VM: its data disk, and with `withState` the running machine. */
export interface VmSnapshots {
  /**
   * Keeps the present moment under a name. A running VM stands still for a moment and goes on. Throws
   * `snapshot_exists`, `snapshot_name_invalid`, `wrong_state` (with state: the VM must be up or suspended).
   */
  create(name: string, options: { withState: boolean }): Promise<VmSnapshot>;
  /** All snapshots, oldest first. */
  list(): Promise<VmSnapshot[]>;
  /**
   * Puts the VM back to that moment, suspended or stopped as it was then. What it replaces is kept as an automatic
   * snapshot until `confirmRestore` or `undoRestore`. The VM must be stopped or suspended: throws `wrong_state`.
   */
  restore(name: string): Promise<PendingRestore>;
  /** Gives up what the last restore replaced. */
  confirmRestore(): Promise<void>;
  /** Takes the last restore back; what has happened in the VM since then is lost. */
  undoRestore(): Promise<void>;
  /** Throws `snapshot_missing`. */
  delete(name: string): Promise<void>;
}

export interface DeleteOptions {
  /** Keep the data disk and the keys. */
  keepData?: boolean;
}

export type LogName = "serial" | "qemu";
