import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import type { LocalEngine } from "./start.ts";

const run = promisify(execFile);

export interface RegistryOptions {
  /** Port in the guest's network. */
  port?: number;
  /** Asks for this sign-in. */
  login?: { username: string; password: string };
  /** Speaks TLS with a certificate of its own authority. */
  tls?: boolean;
  /** With TLS: whether the guest's dockerd trusts that authority. Default true. */
  trusted?: boolean;
  /** Makes it the mirror of Docker Hub: `docker pull mariadb` asks it for `library/mariadb`. */
  mirror?: boolean;
}

export interface LocalRegistry {
  /** What image names start with, for example `127.0.0.1:5000`, or with TLS `registry.test:5000`. */
  readonly address: string;
  /** The authority's certificate (PEM), with TLS. */
  readonly certificate: string | null;
  stop(): Promise<void>;
}

/** Starts a registry in a local engine's network; it ends with the engine at the latest. */
export async function startRegistry(
  engine: LocalEngine,
  options: RegistryOptions = {},
): Promise<LocalRegistry> {
  const port = options.port ?? 5000;
  const folder = await mkdtemp(path.join(engine.home, "registry-"));
  // Not on the loopback with TLS: there dockerd accepts every certificate.
  const host = options.tls ? "registry.test" : "127.0.0.1";
  const address = `${host}:${port}`;
  const config = ["version: 0.1", "log: {level: info, accesslog: {disabled: true}}"];
  config.push(
    `storage: {filesystem: {rootdirectory: ${JSON.stringify(path.join(folder, "data"))}}, delete: {enabled: true}}`,
  );
  config.push(`http:`, `  addr: 0.0.0.0:${port}`);
  let certificate: string | null = null;
  if (options.tls) {
    certificate = await makeCertificate(folder, host);
    config.push(`  tls: {certificate: ${folder}/server.crt, key: ${folder}/server.key}`);
    if (options.trusted ?? true) {
      const trust = `${engine.guestRoot}/etc/docker/certs.d/${address}`;
      await mkdir(trust, { recursive: true });
      await writeFile(path.join(trust, "ca.crt"), certificate);
    }
  }
  if (options.login) {
    const { username, password } = options.login;
    const { stdout } = await run("htpasswd", ["-nbB", username, password]);
    await writeFile(path.join(folder, "htpasswd"), stdout);
    config.push(`auth: {htpasswd: {realm: test, path: ${folder}/htpasswd}}`);
  }
  await writeFile(path.join(folder, "config.yml"), config.join("\n"));
  const child = await serve(engine, folder);
  if (options.mirror) await setMirrors(engine, [`${options.tls ? "https" : "http"}://${address}`]);
  return {
    address,
    certificate,
    async stop() {
      if (options.mirror) await setMirrors(engine, []);
      if (child.exitCode === null && child.signalCode === null) {
        child.kill("SIGTERM");
        await once(child, "exit");
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** In the guest's network and among its processes, so that it ends with them; the files are this computer's. */
async function serve(engine: LocalEngine, folder: string): Promise<ChildProcess> {
  const target = ["--target", String(engine.guestPid), "--net", "--pid"];
  const child = spawn(
    "nsenter",
    [...target, "--", "docker-registry", "serve", path.join(folder, "config.yml")],
    {
      stdio: ["ignore", "ignore", "pipe"],
    },
  );
  let said = "";
  await new Promise<void>((resolve, reject) => {
    child.stderr.on("data", (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes("listening on")) resolve();
    });
    child.once("exit", () => reject(new Error(`The registry ended: ${said}`)));
  });
  return child;
}

/** dockerd takes a new set of mirrors without a restart. */
async function setMirrors(engine: LocalEngine, mirrors: string[]): Promise<void> {
  const file = `${engine.guestRoot}/run/berth/dockerd.json`;
  const daemon = JSON.parse(await readFile(file, "utf8")) as Record<string, unknown>;
  await writeFile(file, JSON.stringify({ ...daemon, "registry-mirrors": mirrors }));
  const reloaded = await engine.docker.getEvents({ filters: { type: ["daemon"], event: ["reload"] } });
  try {
    const heard = once(reloaded, "data");
    await engine.exec(["sh", "-c", "kill -HUP $(cat /run/berth/dockerd.pid)"]);
    await heard;
  } finally {
    (reloaded as { destroy?: () => void }).destroy?.();
  }
}

async function makeCertificate(folder: string, host: string): Promise<string> {
  const names = ["-subj", `/CN=${host}`, "-addext", `subjectAltName=DNS:${host},IP:10.0.2.15`];
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
  const files = ["-keyout", `${folder}/server.key`, "-out", `${folder}/server.crt`];
  await run("openssl", ["req", "-x509", ...key, ...names, ...files]);
  return readFile(path.join(folder, "server.crt"), "utf8");
}
