import { createRouterClient, implement } from "@orpc/server";
import { contract } from "../../../engine/contract/index.ts";
import type {
  BerthClient,
  Check,
  ContainerSummary,
  PortForward,
  Settings,
  SettingsPatch,
  Status,
} from "../../../engine/contract/index.ts";
import { settingsSchema } from "../../../engine/contract/index.ts";

type TerminalItem = { kind: "stdout" | "stderr"; data: string } | { kind: "exit"; code: number };

/** An engine without a VM: what a test sets is what the CLI is told; what the CLI asked for is kept. */
export class FakeEngine {
  status: Status = runningStatus();
  /** What `vm.watch` tells after the present status. */
  upcoming: Status[] = [];
  settings: Settings = settingsSchema.parse({});
  containers: ContainerSummary[] = [];
  forwards: PortForward[] = [];
  checks: Check[] = [];
  logLines: string[] = [];
  terminal: TerminalItem[] = [];
  /** Everything changed or asked for, in order. */
  readonly calls: string[] = [];
  readonly input: string[] = [];
  /** Thrown by the next life-cycle call. */
  failure: { code: string; message: string; hint: string } | null = null;
  /** Keeps life-cycle calls from ever ending. */
  stuck = false;

  client(): BerthClient {
    return createRouterClient(this.#router());
  }

  #router() {
    const os = implement(contract);
    // eslint-disable-next-line @typescript-eslint/no-this-alias -- generators have a `this` of their own
    const engine = this;
    let told = () => {};
    const watched = new Promise<void>((resolve) => (told = resolve));
    const act = async (name: string, after: Partial<Status>) => {
      this.calls.push(name);
      if (this.failure) throw typedFailure(this.failure);
      if (this.upcoming.length > 0) await watched;
      if (this.stuck) await new Promise(() => undefined);
      this.status = { ...(this.upcoming.at(-1) ?? this.status), currentPhase: null, ...after };
    };
    const unused = () => {
      throw new Error("Not part of this test.");
    };
    return os.router({
      system: {
        hello: os.system.hello.handler(unused),
        quit: os.system.quit.handler(({ input }) => void this.calls.push(`quit ${input.vm}`)),
        checks: os.system.checks.handler(() => this.checks),
        fix: os.system.fix.handler(({ input }) => {
          this.calls.push(`fix ${input.id}`);
          this.checks = this.checks.map((check) =>
            check.id === input.id ? { ...check, ok: true, problem: null } : check,
          );
          return this.checks;
        }),
      },
      flow: { ack: os.flow.ack.handler(() => undefined) },
      vm: {
        status: os.vm.status.handler(() => this.status),
        watch: os.vm.watch.handler(async function* () {
          yield* batches([engine.status, ...engine.upcoming]);
          told();
        }),
        start: os.vm.start.handler(({ input }) =>
          act(input.cold ? "start cold" : "start", { state: "running" }),
        ),
        stop: os.vm.stop.handler(() => act("stop", { state: "stopped" })),
        restart: os.vm.restart.handler(() => act("restart", { state: "running" })),
        pause: os.vm.pause.handler(() => act("pause", { state: "paused" })),
        unpause: os.vm.unpause.handler(() => act("unpause", { state: "running" })),
        suspend: os.vm.suspend.handler(() => act("suspend", { state: "suspended" })),
        resume: os.vm.resume.handler(() => act("resume", { state: "running" })),
        delete: os.vm.delete.handler(({ input }) =>
          act(input.keepData ? "delete keeping data" : "delete", { state: "absent" }),
        ),
        resources: os.vm.resources.handler(unused),
        logs: os.vm.logs.handler(({ input }) => batches(this.logLines.slice(-input.tailLines))),
      },
      terminal: {
        open: os.terminal.open.handler(({ input }) => {
          this.calls.push(`open ${JSON.stringify(input.command)} ${input.tty ? "tty" : "pipes"}`);
          return batches(this.terminal);
        }),
        input: os.terminal.input.handler(({ input }) => {
          this.input.push(input.end ? "<end>" : Buffer.from(input.data, "base64").toString());
        }),
        resize: os.terminal.resize.handler(() => undefined),
      },
      containers: {
        list: os.containers.list.handler(() => this.containers),
        watch: os.containers.watch.handler(unused),
        run: os.containers.run.handler(unused),
        start: os.containers.start.handler(unused),
        stop: os.containers.stop.handler(unused),
        restart: os.containers.restart.handler(unused),
        pause: os.containers.pause.handler(unused),
        unpause: os.containers.unpause.handler(unused),
        kill: os.containers.kill.handler(unused),
        remove: os.containers.remove.handler(unused),
        logs: os.containers.logs.handler(unused),
        inspect: os.containers.inspect.handler(unused),
      },
      images: {
        list: os.images.list.handler(() => []),
        watch: os.images.watch.handler(unused),
        defaults: os.images.defaults.handler(unused),
        pull: os.images.pull.handler(unused),
        remove: os.images.remove.handler(unused),
      },
      volumes: { names: os.volumes.names.handler(() => ["data"]) },
      ports: {
        list: os.ports.list.handler(() => this.forwards),
        watch: os.ports.watch.handler(unused),
        check: os.ports.check.handler(unused),
      },
      activity: {
        list: os.activity.list.handler(() => []),
        watch: os.activity.watch.handler(unused),
        cancel: os.activity.cancel.handler(unused),
        dismiss: os.activity.dismiss.handler(unused),
      },
      settings: {
        get: os.settings.get.handler(() => this.settings),
        set: os.settings.set.handler(({ input }) => {
          this.calls.push(`set ${JSON.stringify(input)}`);
          this.settings = settingsSchema.parse({ ...this.settings, ...input });
          return { settings: this.settings, needsRestart: restartKeys(input) };
        }),
        watch: os.settings.watch.handler(unused),
      },
      serve: {
        start: os.serve.start.handler(({ input }) => {
          this.calls.push(`serve ${input.host} ${input.port}`);
          return { address: "http://127.0.0.1:4000/?token=once" };
        }),
        stop: os.serve.stop.handler(() => void this.calls.push("serve stop")),
      },
    });
  }
}

/** A running VM without problems. */
export function runningStatus(changes: Partial<Status> = {}): Status {
  return {
    state: "running",
    since: "2026-01-05T10:00:00.000Z",
    lastStart: "cold",
    phases: [{ name: "docker", ms: 12_340 }],
    currentPhase: null,
    engine: { pid: 41, version: "0.1.0" },
    vm: { accelerator: "tcg", cpus: 2, memoryMiB: 2048, diskGiB: 64, pid: 42 },
    docker: { socket: "/home/me/.berth/docker.sock", version: "26.1.5" },
    disk: { guestUsedBytes: 1_288_490_189, hostUsedBytes: 943_718_400 },
    problems: [],
    ...changes,
  };
}

async function* batches<T>(items: T[]) {
  await Promise.resolve();
  yield { stream: "test", seq: 1, items };
}

function restartKeys(patch: SettingsPatch): string[] {
  return Object.keys(patch).filter((key) => key.startsWith("vm."));
}

function typedFailure({ code, message, hint }: { code: string; message: string; hint: string }): Error {
  return Object.assign(new Error(message), { data: { code, hint } });
}
