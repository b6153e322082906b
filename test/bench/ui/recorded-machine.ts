import { EventEmitter } from "node:events";
import type { Duplex } from "node:stream";
import type { EngineMachine } from "../../../engine/machine/index.ts";
import {
  type MachineEvents,
  type MachinePaths,
  machinePaths,
  type MachineSnapshot,
  type Tunnel,
  type TunnelEvents,
} from "../../../vm/host/index.ts";
import { connectEndpoint } from "../../../vm/host/endpoint.ts";

const CONNECT_TIMEOUT_MS = 10_000;

/** A machine that is always up, with a recorded Docker in it and nothing else. */
export class RecordedMachine extends EventEmitter<MachineEvents> implements EngineMachine {
  readonly paths: MachinePaths;
  readonly tunnel: Tunnel;
  readonly #since = new Date().toISOString();

  constructor(home: string, dockerSocket: string) {
    super();
    this.paths = machinePaths(home);
    this.tunnel = new RecordedTunnel(dockerSocket);
  }

  snapshot(): MachineSnapshot {
    return {
      state: "running",
      since: this.#since,
      lastStart: "cold",
      phases: [],
      currentPhase: null,
      accelerator: null,
      cpus: 2,
      memoryMiB: 2048,
      diskGiB: 64,
      pid: null,
      qemuVersion: null,
      image: null,
      tunnel: "up",
      canSuspend: false,
      suspendMethod: "none",
      disk: { guestUsedBytes: 0, hostUsedBytes: 0 },
      suspendedBytes: null,
      warmBytes: null,
      selfRestart: null,
      pendingRestore: null,
      problems: [],
    };
  }

  get snapshots(): EngineMachine["snapshots"] {
    return {
      create: nothing,
      list: () => Promise.resolve([]),
      restore: nothing,
      confirmRestore: nothing,
      undoRestore: nothing,
      delete: nothing,
    };
  }

  start = done;
  stop = done;
  restart = done;
  resume = done;
  delete = done;
  hostWoke = done;
  close = done;
  pause = nothing;
  unpause = nothing;
  suspend = nothing;
  reclaim = nothing;
  growDisk = nothing;
  trim = () => Promise.resolve(0);
  cancelSuspend = () => false;
  cancelStart = () => false;
  refreshDisk = () => Promise.resolve(this.snapshot());
  logFile = () => this.paths.serialLog;
}

class RecordedTunnel extends EventEmitter<TunnelEvents> implements Tunnel {
  readonly state = "up";
  readonly #dockerSocket: string;

  constructor(dockerSocket: string) {
    super();
    this.#dockerSocket = dockerSocket;
  }

  connectUnix(): Promise<Duplex> {
    return connectEndpoint({ path: this.#dockerSocket }, CONNECT_TIMEOUT_MS, { allowHalfOpen: true });
  }

  ready = done;
  exec = nothing;
  openShell = nothing;
  connectTcp = nothing;
  setDesiredPorts = () => undefined;
  watchClients = () => undefined;
  forwards = () => [];
}

function done(): Promise<void> {
  return Promise.resolve();
}

function nothing(): Promise<never> {
  return Promise.reject(new Error("There is only Docker's API here."));
}
