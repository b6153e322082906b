import { engineEndpoint } from "./contract/endpoint.ts";
import { EXIT_ALREADY_RUNNING } from "./contract/protocol.ts";
import { formatStartFailure } from "./contract/spawn.ts";
import { toFailure } from "./errors.ts";
import { resolveProgramEnvironment } from "./image.ts";
import { type HomeLock, type LockHolder, takeHome } from "./lock/lock.ts";
import { FileLogger, levelFromEnvironment } from "./logging/logger.ts";
import type { OpenMachine } from "./machine/index.ts";
import { identityOf } from "./rpc/system.ts";
import { Services } from "./services.ts";
import { LocalServer, Peers } from "./transport/index.ts";
import { BerthError, describeError, Machine, machinePaths, prepareHome, systemCode } from "./vm.ts";

export interface EngineOptions {
  home: string;
  version: string;
  /** Where dockerd runs; without it the home's own VM. */
  openMachine?: OpenMachine;
}

/** How long clients may take to say goodbye. */
const GOODBYE_MS = 500;

/**
 * Runs the engine of a home until it is asked to quit or told to by a signal; the VM goes on. An engine
 * that cannot start says why on standard error, as one line of JSON, and exits with 1; one that finds
 * another engine names it and exits with EXIT_ALREADY_RUNNING.
 */
export async function runEngine(options: EngineOptions): Promise<void> {
  // Files, sockets and folders are the owner's alone.
  if (process.platform !== "win32") process.umask(0o077);
  // Whoever started us stops listening once we serve.
  process.stderr.on("error", () => undefined);
  try {
    await startEngine(options);
  } catch (error) {
    const { code, message, hint } = toFailure(error);
    process.stderr.write(formatStartFailure({ code, message, hint }), () => process.exit(1));
  }
}

async function startEngine({ home, version, openMachine = openVm }: EngineOptions): Promise<void> {
  const paths = machinePaths(home);
  await prepareHome(paths);
  const lock = await takeHomeOrExplain(home, version);
  if (!("release" in lock)) {
    process.stderr.write(formatStartFailure(alreadyRunning(home, lock.pid)));
    process.exitCode = EXIT_ALREADY_RUNNING;
    return;
  }
  const logger = new FileLogger({
    file: `${paths.logs}/engine.log`,
    level: levelFromEnvironment(process.env),
  });
  logger.info("engine starting", { version, pid: process.pid, home });
  exitOnUncaught(logger);
  try {
    const program = resolveProgramEnvironment();
    const services = await Services.open({ paths, version, program, logger, openMachine });
    try {
      await serveHome(services, lock, logger);
    } catch (error) {
      await services.close();
      throw error;
    }
  } catch (error) {
    logger.error("engine could not start", { error });
    // A lock that cannot be marked as free is found stale, because its process is gone.
    await lock.release().catch((cause: unknown) => {
      logger.warn("lock not released", { cause });
    });
    throw error;
  }
}

const openVm: OpenMachine = (home, config, logger) => Machine.open(home, config, logger);

async function serveHome(services: Services, lock: HomeLock, logger: FileLogger): Promise<void> {
  const shutdown = oneShutdown(logger);
  const peers = new Peers({ services, quit: () => void shutdown.run("a client asked") });
  services.serve.attach((socket) => {
    peers.serve(socket);
  });
  const endpoint = engineEndpoint(services.paths.home);
  const server = new LocalServer(endpoint, peers, () => identityOf(services));
  await server.listen();
  shutdown.ready({ server, peers, services, lock });
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
    process.on(signal, () => void shutdown.run(signal));
  }
  logger.info("engine serves", { endpoint });
}

function alreadyRunning(home: string, pid: number): { code: string; message: string; hint: string } {
  return {
    code: "already_running",
    message: `Another engine (process ${pid}) serves ${home}.`,
    hint: "Use it, or set BERTH_HOME to another folder for a second one.",
  };
}

async function takeHomeOrExplain(home: string, version: string): Promise<HomeLock | LockHolder> {
  try {
    return await takeHome(home, version);
  } catch (cause) {
    if (cause instanceof BerthError) throw cause;
    const full = systemCode(cause) === "ENOSPC";
    throw new BerthError({
      code: full ? "disk_full" : "home_not_usable",
      message: full ? `The disk that holds ${home} is full.` : `The folder ${home} cannot be written to.`,
      hint: full
        ? "Free some space and try again; nothing was changed."
        : "Check who owns the folder, or set BERTH_HOME to another one.",
      cause,
    });
  }
}

/** The machine survives us and is adopted by the next engine; going on in an unknown state would be worse. */
function exitOnUncaught(logger: FileLogger): void {
  const fatal = (kind: string) => (error: unknown) => {
    const stack = error instanceof Error ? error.stack : undefined;
    logger.error(`engine ends: ${kind}`, { cause: describeError(error), stack });
    process.exit(70);
  };
  process.on("uncaughtException", fatal("uncaught exception"));
  process.on("unhandledRejection", fatal("unhandled rejection"));
}

interface Running {
  server: LocalServer;
  peers: Peers;
  services: Services;
  lock: HomeLock;
}

/** Shuts down once, however often and by whomever it is asked. */
function oneShutdown(logger: FileLogger): {
  ready: (running: Running) => void;
  run: (reason: string) => Promise<void>;
} {
  let running: Running | null = null;
  return {
    ready: (started) => (running = started),
    async run(reason) {
      if (running === null) return;
      const { server, peers, services, lock } = running;
      running = null;
      logger.info("engine ends", { reason });
      server.close();
      try {
        await services.close();
      } catch (error) {
        logger.error("engine did not end cleanly", { error });
      }
      // A successor may start the moment our clients see us gone, so the home is let go of first.
      await lock.release().catch((error: unknown) => logger.error("lock not released", { error }));
      await peers.close(GOODBYE_MS);
      logger.close();
      process.exit(0);
    },
  };
}
