import http from "node:http";
import net from "node:net";
import path from "node:path";
import { onTestFinished } from "vitest";
import { temporaryFolder } from "./temporary.ts";

export interface FakeContainer {
  id: string;
  name: string;
  image?: string;
  status?: string;
  ports?: Record<string, { HostIp: string; HostPort: string }[] | null>;
  tty?: boolean;
  logs?: Buffer;
}

/**
 * Docker's API on a unix socket, as far as the model uses it, with faults on demand: what a real engine
 * does only by accident (an event stream that breaks, a container gone between two requests).
 */
export class FakeDocker {
  readonly containers = new Map<string, FakeContainer>();
  images: { Id: string; RepoTags: string[] | null }[] = [];
  readonly requests: string[] = [];
  /** Streams of stats that are open, by container. */
  readonly stats = new Map<string, http.ServerResponse>();
  /** Answers creations and starts with this refusal. */
  refusal: { on: string; status: number; message: string } | null = null;
  #socket = "";
  readonly #events = new Set<http.ServerResponse>();

  static async start(): Promise<FakeDocker> {
    const docker = new FakeDocker();
    docker.#socket = path.join(await temporaryFolder(), "docker.sock");
    const server = http.createServer((request, response) => {
      docker.#answer(request, response);
    });
    await new Promise<void>((resolve) => server.listen(docker.#socket, resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    return docker;
  }

  readonly open = (): Promise<net.Socket> => Promise.resolve(net.connect({ path: this.#socket }));

  get watchers(): number {
    return this.#events.size;
  }

  emit(type: "container" | "image", action: string, id: string): void {
    const line = JSON.stringify({ Type: type, Action: action, Actor: { ID: id, Attributes: {} } });
    for (const response of this.#events) response.write(`${line}\n`);
  }

  /** Ends every event stream, as a restart of dockerd does. */
  breakEvents(): void {
    for (const response of this.#events) response.destroy();
    this.#events.clear();
  }

  #answer(request: http.IncomingMessage, response: http.ServerResponse): void {
    const url = new URL(request.url ?? "/", "http://docker");
    const call = `${request.method ?? ""} ${url.pathname}`;
    this.requests.push(call);
    request.resume();
    if (this.refusal !== null && call.startsWith(this.refusal.on)) {
      json(response, this.refusal.status, { message: this.refusal.message });
      return;
    }
    const inspected = /^GET \/containers\/([^/]+)\/json$/.exec(call)?.[1];
    const measured = /^GET \/containers\/([^/]+)\/stats$/.exec(call)?.[1];
    const logged = /^GET \/containers\/([^/]+)\/logs$/.exec(call)?.[1];
    if (call === "GET /events") this.#openEvents(response);
    else if (call === "GET /version") json(response, 200, { Version: "99.0" });
    else if (call === "GET /containers/json")
      json(
        response,
        200,
        [...this.containers.values()].map(({ id, name, status }) => ({
          ...{ Id: id, Names: [`/${name}`], Image: "web:1", ImageID: "sha256:1", Created: 1_767_225_600 },
          ...{
            State: status ?? "running",
            Status: status === "exited" ? "Exited (3) 2 days ago" : "Up 2 days",
          },
        })),
      );
    else if (call === "GET /images/json") {
      json(
        response,
        200,
        this.images.map((image) => ({ ...image, RepoDigests: null, Created: 0, Size: 1 })),
      );
    } else if (inspected !== undefined) this.#inspect(inspected, response);
    else if (measured !== undefined) this.#measure(measured, response);
    else if (logged !== undefined) response.end(this.containers.get(logged)?.logs ?? "");
    else if (/^GET \/images\/.+\/json$/.test(call)) json(response, 200, { Id: "sha256:i", Config: null });
    else if (call === "POST /containers/create") json(response, 201, { Id: "new", Warnings: ["careful"] });
    else response.writeHead(204).end();
  }

  /** Two messages of stats, a second apart. */
  #measure(id: string, response: http.ServerResponse): void {
    this.stats.set(id, response);
    response.on("close", () => this.stats.delete(id));
    for (const second of [1, 2]) {
      response.write(
        `${JSON.stringify({
          read: `2026-01-01T00:00:0${second}.5Z`,
          cpu_stats: { cpu_usage: { total_usage: second * 5e8 } },
          memory_stats: { usage: 3000, limit: 10_000, stats: { inactive_file: 1000 } },
          pids_stats: { current: 4 },
          networks: {
            eth0: { rx_bytes: second * 100, tx_bytes: 0 },
            eth1: { rx_bytes: second, tx_bytes: 0 },
          },
          blkio_stats: {
            io_service_bytes_recursive: [
              { op: "Read", value: 7 },
              { op: "write", value: second * 10 },
            ],
          },
        })}\n`,
      );
    }
  }

  #openEvents(response: http.ServerResponse): void {
    response.writeHead(200, { "Content-Type": "application/json" });
    response.flushHeaders();
    this.#events.add(response);
    response.on("close", () => this.#events.delete(response));
  }

  #inspect(id: string, response: http.ServerResponse): void {
    const container = this.containers.get(id);
    if (container === undefined) {
      json(response, 404, { message: `No such container: ${id}` });
      return;
    }
    const status = container.status ?? "running";
    json(response, 200, {
      Id: id,
      Name: `/${container.name}`,
      Created: "2026-01-01T00:00:00.123456789Z",
      Path: "/bin/sh",
      Args: null,
      Image: container.image ?? "sha256:i",
      State: {
        Status: status,
        Running: status === "running",
        ExitCode: status === "exited" ? 3 : 0,
        StartedAt: "2026-01-01T00:00:01Z",
        FinishedAt: "0001-01-01T00:00:00Z",
      },
      Config: { Image: "web:1", Tty: container.tty ?? false, Labels: null, ExposedPorts: { "80/tcp": {} } },
      HostConfig: { AutoRemove: false, PortBindings: null },
      NetworkSettings: { Ports: container.ports ?? {} },
    });
  }
}

function json(response: http.ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
}
