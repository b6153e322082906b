import { Argument, Command, InvalidArgumentError, Option } from "commander";
import type { Context } from "./context.ts";
import type { LogSource } from "../engine/contract/index.ts";
import type { Shell } from "./commands/docker-env.ts";
import { exitCodes } from "./failure.ts";
import { addApps } from "./program-apps.ts";
import { addContainers } from "./program-containers.ts";
import { addTemplates } from "./program-templates.ts";
import { version } from "./version.ts";

/** Runs one command; its answer is the exit code. */
export type RunCommand = (run: (context: Context) => Promise<number>) => Promise<void>;

interface Writers {
  writeOut: (text: string) => void;
  writeErr: (text: string) => void;
}

const logSources = ["serial", "dockerd", "engine", "qemu"] as const satisfies readonly LogSource[];
const shells = ["sh", "fish", "powershell", "cmd"] as const satisfies readonly Shell[];

/**
 * All commands with their options and help. Commands are loaded when they run, so that `--help` answers
 * without loading the engine's client.
 */
export function buildProgram(run: RunCommand, writers: Writers): Command {
  const program = new Command("berth")
    .description("Docker in a VM that weighs nothing when you do not use it.")
    .option("--home <dir>", "folder that holds all of Berth's state (default: BERTH_HOME, else ~/.berth)")
    .option("--json", "print one JSON document (streams: one per line)")
    .option("-y, --yes", "answer questions with yes")
    .version(`berth ${version}`, "-V, --version", "print the version")
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ ...writers, outputError: () => undefined })
    .exitOverride();
  example(program, "berth start && eval $(berth docker-env) && docker run --rm berth/welcome true");
  addLifeCycle(program, run);
  addDisk(program, run);
  addSnapshots(program, run);
  addInsights(program, run);
  addApps(program, run, example, wholeNumber(0, 100_000));
  addContainers(program, run, example);
  addTemplates(program, run, example);
  addConfig(program, run);
  addAccess(program, run);
  addOwnAffairs(program, run);
  return program;
}

function addLifeCycle(program: Command, run: RunCommand): void {
  const lifeCycle = () => import("./commands/life-cycle.ts");
  const start = program
    .command("start")
    .description("Start or resume the VM and wait until Docker answers.")
    .option("--cold", "boot afresh, even where a saved state exists")
    .action((options: { cold?: boolean }) =>
      run(async (context) => (await lifeCycle()).start(context, options.cold === true)),
    );
  example(start, "berth start");
  const stop = program
    .command("stop")
    .description("Stop all containers in order, then the VM.")
    .option("--force", "end the VM at once, as pulling the plug would")
    .action((options: { force?: boolean }) =>
      run(async (context) => (await lifeCycle()).stop(context, options.force === true)),
    );
  example(stop, "berth stop");
  const simple = {
    restart: "Stop the VM and start it again.",
    suspend: "Save the whole VM to disk and free its memory.",
    resume: "Go on where the VM was suspended.",
    pause: "Halt the VM at once; it keeps its memory.",
    unpause: "Let a paused VM go on.",
  } as const;
  for (const name of ["restart", "suspend", "resume", "pause", "unpause"] as const) {
    const command = program
      .command(name)
      .description(simple[name])
      .action(() => run(async (context) => (await lifeCycle())[name](context)));
    example(command, `berth ${name}`);
  }
  const remove = program
    .command("delete")
    .description("Remove the VM with all its containers, images and volumes.")
    .option("--keep-data", "keep the disk: containers, images and volumes come back with the next start")
    .action((options: { keepData?: boolean }) =>
      run(async (context) =>
        (await import("./commands/delete.ts")).deleteVm(context, options.keepData === true),
      ),
    );
  example(remove, "berth delete --yes");
  const reset = program
    .command("factory-reset")
    .description("Remove the VM as delete does, and put all settings back to their defaults.")
    .option("--keep-data", "keep the disk: containers, images and volumes come back with the next start")
    .action((options: { keepData?: boolean }) =>
      run(async (context) =>
        (await import("./commands/delete.ts")).factoryReset(context, options.keepData === true),
      ),
    );
  example(reset, "berth factory-reset --keep-data");
}

function addDisk(program: Command, run: RunCommand): void {
  const load = () => import("./commands/disk.ts");
  const disk = program
    .command("disk")
    .description("Show what the VM's disk holds and takes, and care for it.");
  example(disk, "berth disk usage");
  const usage = disk
    .command("usage")
    .description("Show disk use inside the VM and on this computer.")
    .action(() => run(async (context) => (await load()).diskUsage(context)));
  example(usage, "berth disk usage");
  const reclaim = disk
    .command("reclaim")
    .description("Give memory and disk space that the VM does not use back to this computer.")
    .action(() => run(async (context) => (await load()).diskReclaim(context)));
  example(reclaim, "berth disk reclaim");
  const grow = disk
    .command("grow")
    .description("Make the VM's disk larger, while the VM runs. It cannot shrink.")
    .argument("<gib>", "the new size in GiB")
    .action((size: string) => run(async (context) => (await load()).diskGrow(context, size)));
  example(grow, "berth disk grow 128");
}

function addSnapshots(program: Command, run: RunCommand): void {
  const load = () => import("./commands/snapshot.ts");
  const snapshot = program
    .command("snapshot")
    .description("Keep moments of the whole VM and go back to them.");
  example(snapshot, "berth snapshot create before-upgrade");
  const create = snapshot
    .command("create")
    .description("Keep the VM as it is now.")
    .argument("<name>", "a name of letters, digits, dots, dashes and underscores")
    .option("--without-state", "keep the disk alone, not the running VM")
    .action((name: string, options: { withoutState?: boolean }) =>
      run(async (context) => (await load()).createSnapshot(context, name, options.withoutState !== true)),
    );
  example(create, "berth snapshot create before-upgrade");
  const list = snapshot
    .command("list")
    .description("List all snapshots with the space each takes.")
    .action(() => run(async (context) => (await load()).listSnapshots(context)));
  example(list, "berth snapshot list");
  const restore = snapshot
    .command("restore")
    .description("Put the VM back to a snapshot. What it replaces is kept until you decide.")
    .argument("<name>")
    .action((name: string) => run(async (context) => (await load()).restoreSnapshot(context, name)));
  example(restore, "berth snapshot restore before-upgrade");
  const undo = snapshot
    .command("undo")
    .description("Take the last restore back.")
    .action(() => run(async (context) => (await load()).undoRestore(context)));
  example(undo, "berth snapshot undo");
  const keep = snapshot
    .command("keep")
    .description("Settle for the last restore, and give up what it replaced.")
    .action(() => run(async (context) => (await load()).keepRestore(context)));
  example(keep, "berth snapshot keep");
  const remove = snapshot
    .command("delete")
    .description("Delete a snapshot; the VM stays as it is.")
    .argument("<name>")
    .action((name: string) => run(async (context) => (await load()).deleteSnapshot(context, name)));
  example(remove, "berth snapshot delete before-upgrade");
}

function addInsights(program: Command, run: RunCommand): void {
  const status = program
    .command("status")
    .description("Show the state of the VM, of Docker and what needs attention.")
    .action(() => run(async (context) => (await import("./commands/status.ts")).status(context)));
  example(status, "berth status --json");
  const logs = program
    .command("logs")
    .description("Print a log: of the VM's console, of Docker, of Berth's engine or of QEMU.")
    .addArgument(new Argument("[source]", "which log").choices(logSources).default("engine"))
    .option("-f, --follow", "go on printing new lines until Ctrl-C")
    .option("-n, --tail <lines>", "begin with so many of the last lines", wholeNumber(0, 100_000), 1000)
    .action((source: LogSource, options: { follow?: boolean; tail: number }) =>
      run(async (context) =>
        (await import("./commands/logs.ts")).logs(context, {
          source,
          follow: options.follow === true,
          tailLines: options.tail,
        }),
      ),
    );
  example(logs, "berth logs dockerd --follow --tail 20");
  const ports = program
    .command("ports")
    .description("List the published ports and how they are reached on this computer.")
    .action(() => run(async (context) => (await import("./commands/ports.ts")).ports(context)));
  example(ports, "berth ports");
  const doctor = program
    .command("doctor")
    .description("Check everything that Berth needs; exits with 1 when something is wrong.")
    .option("--fix", "repair what can be repaired")
    .action((options: { fix?: boolean }) =>
      run(async (context) => (await import("./commands/doctor.ts")).doctor(context, options.fix === true)),
    );
  example(doctor, "berth doctor --fix");
}

function addConfig(program: Command, run: RunCommand): void {
  const load = () => import("./commands/config.ts");
  const config = program.command("config").description("Read and change settings.");
  example(config, "berth config set vm.cpus=4 vm.memoryMiB=4096");
  const list = config
    .command("list")
    .description("List all settings with their values.")
    .action(() => run(async (context) => (await load()).list(context)));
  example(list, "berth config list");
  const get = config
    .command("get")
    .description("Print the value of one setting.")
    .argument("<key>", "for example vm.memoryMiB")
    .action((key: string) => run(async (context) => (await load()).get(context, key)));
  example(get, "berth config get vm.memoryMiB");
  const set = config
    .command("set")
    .description("Change settings, all or none, and tell which need a restart of the VM.")
    .argument("<key=value...>", "for example vm.cpus=4")
    .action((pairs: string[]) => run(async (context) => (await load()).set(context, pairs)));
  example(set, "berth config set vm.cpus=4 vm.memoryMiB=4096");
}

function addAccess(program: Command, run: RunCommand): void {
  const ssh = program
    .command("ssh")
    .description("Open a shell in the VM, or run a command there and exit with its code.")
    .argument("[command...]", "the command and its arguments, after --")
    .action((command: string[]) =>
      run(async (context) => (await import("./commands/ssh.ts")).ssh(context, command)),
    );
  example(ssh, "berth ssh -- docker ps --all");
  const dockerEnv = program
    .command("docker-env")
    .description("Print the line that points Docker clients of a shell to Berth.")
    .addOption(new Option("--shell <name>", "the shell's syntax (default: guessed)").choices(shells))
    .action((options: { shell?: Shell }) =>
      run(async (context) => (await import("./commands/docker-env.ts")).dockerEnv(context, options.shell)),
    );
  example(dockerEnv, "eval $(berth docker-env)");
  const serve = program
    .command("serve")
    .description("Serve the window to a browser, behind a one-time token, until Ctrl-C.")
    .option("--listen <addr:port>", "where to listen; port 0 takes a free one", "127.0.0.1:0")
    .action((options: { listen: string }) =>
      run(async (context) => (await import("./commands/serve.ts")).serve(context, options.listen)),
    );
  example(serve, "berth serve --listen 127.0.0.1:8088");
}

function addOwnAffairs(program: Command, run: RunCommand): void {
  const versionCommand = program
    .command("version")
    .description("Print the version.")
    .action(() =>
      run(async (context) => {
        await context.output.result({ version }, () => `berth ${version}`);
        return exitCodes.done;
      }),
    );
  example(versionCommand, "berth version --json");
  const quit = program
    .command("quit", { hidden: true })
    .description("End Berth's engine, and do with the VM what the setting app.quit says (ask: suspend).")
    .addOption(
      new Option("--vm <what>", "what happens to the VM instead").choices(["keep", "suspend", "stop"]),
    )
    .action((options: { vm?: "keep" | "suspend" | "stop" }) =>
      run(async (context) => (await import("./commands/quit.ts")).quit(context, options.vm)),
    );
  example(quit, "berth quit --vm keep");
}

function example(command: Command, line: string): void {
  command.addHelpText("after", `\nExample:\n  $ ${line}`);
}

function wholeNumber(least: number, most: number): (value: string) => number {
  return (value) => {
    const number = Number(value);
    if (/^\d+$/.test(value) && number >= least && number <= most) return number;
    throw new InvalidArgumentError(`Give a whole number from ${least} to ${most}.`);
  };
}
