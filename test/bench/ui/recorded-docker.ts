import http from "node:http";
import path from "node:path";

/** What a dockerd answered once, of which many containers are made. */
const recordedInspect = {
  Created: "2026-11-20T08:15:00.123456789Z",
  Path: "httpd",
  Args: ["-f", "-v", "-p", "80", "-h", "/www"],
  Image: `sha256:${"ab".repeat(32)}`,
  Config: {
    Image: "berth/welcome:latest",
    Tty: false,
    Labels: { "com.docker.compose.project": "harbour", "org.opencontainers.image.title": "Welcome" },
    ExposedPorts: { "80/tcp": {} },
  },
  HostConfig: { AutoRemove: false, PortBindings: {} },
  NetworkSettings: { Ports: { "80/tcp": null } },
};

/** A burst of lines goes out in pieces of about this many bytes, as dockerd sends them. */
const PIECE_BYTES = 32 * 1024;

interface Recorded {
  id: string;
  name: string;
  running: boolean;
  changes: number;
}

/**
 * Docker's API on a unix socket with any number of containers, whose events and logs are played from a recording,
 * as fast as they are taken. It takes the place of dockerd for the engine under measurement.
 */
export class RecordedDocker {
  readonly socket: string;
  readonly #server: http.Server;
  readonly #containers = new Map<string, Recorded>();
  readonly #events = new Set<http.ServerResponse>();
  readonly #logs = new Set<http.ServerResponse>();
  readonly #stats = new Set<http.ServerResponse>();
  #line = 0;

  private constructor(dir: string, containers: number) {
    this.socket = path.join(dir, "recorded.sock");
    this.#server = http.createServer((request, response) => this.#answer(request, response));
    for (let index = 0; index < containers; index += 1) {
      const id = index.toString(16).padStart(64, "0");
      this.#containers.set(id, {
        id,
        name: `worker-${String(index).padStart(4, "0")}`,
        running: index % 3 !== 2,
        changes: 0,
      });
    }
  }

  static async start(dir: string, containers: number): Promise<RecordedDocker> {
    const docker = new RecordedDocker(dir, containers);
    await new Promise<void>((resolve) => docker.#server.listen(docker.socket, resolve));
    return docker;
  }

  /** Streams that somebody reads of what only a visible window wants. */
  get openStreams(): number {
    return this.#logs.size + this.#stats.size;
  }

  firstId(): string {
    return [...this.#containers.keys()][0] ?? "";
  }

  /** As many events as asked for at once, each of a container whose state changed. */
  burst(events: number): void {
    const all = [...this.#containers.values()];
    let lines = "";
    for (let index = 0; index < events; index += 1) {
      const container = all[index % all.length];
      if (container === undefined) return;
      container.running = !container.running;
      container.changes += 1;
      lines += `${JSON.stringify({
        Type: "container",
        Action: container.running ? "start" : "die",
        Actor: { ID: container.id, Attributes: { name: container.name } },
      })}\n`;
    }
    for (const response of this.#events) response.write(lines);
  }

  /** Plays lines of a log to whoever follows it; resolves once all were taken. */
  async playLog(lines: number): Promise<void> {
    const last = this.#line + lines;
    while (this.#line < last) {
      const pieces: Buffer[] = [];
      for (let bytes = 0; bytes < PIECE_BYTES && this.#line < last; this.#line += 1) {
        const frame = recordedLine(this.#line);
        pieces.push(frame);
        bytes += frame.length;
      }
      const piece = Buffer.concat(pieces);
      await Promise.all([...this.#logs].map((response) => written(response, piece)));
    }
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #answer(request: http.IncomingMessage, response: http.ServerResponse): void {
    const { pathname } = new URL(request.url ?? "/", "http://docker");
    request.resume();
    const [, id = "", what] = /^\/containers\/([^/]+)\/(json|logs|stats)$/.exec(pathname) ?? [];
    const container = this.#containers.get(id);
    if (pathname === "/events") keep(this.#events, response);
    else if (pathname === "/version") json(response, { Version: "26.1.5" });
    else if (pathname === "/containers/json") json(response, [...this.#containers.values()].map(listed));
    else if (pathname === "/images/json") json(response, []);
    else if (what === "logs") keep(this.#logs, response);
    else if (what === "stats") keep(this.#stats, response);
    else if (container !== undefined) json(response, inspectOf(container));
    else response.writeHead(404).end(JSON.stringify({ message: "No such container" }));
  }
}

/** As the list tells of it, which is less than an inspection. */
function listed({ id, name, running }: Recorded): object {
  return {
    ...{ Id: id, Names: [`/${name}`], Image: "web:1", ImageID: "sha256:0", Created: 1_763_600_000 },
    ...{ State: running ? "running" : "exited", Status: running ? "Up 2 hours" : "Exited (0) 2 hours ago" },
  };
}

function inspectOf({ id, name, running, changes }: Recorded): object {
  const moment = new Date(Date.UTC(2026, 10, 20, 9) + changes * 1000).toISOString();
  return {
    ...recordedInspect,
    Id: id,
    Name: `/${name}`,
    State: {
      Status: running ? "running" : "exited",
      Running: running,
      ExitCode: 0,
      StartedAt: moment,
      FinishedAt: running ? "0001-01-01T00:00:00Z" : moment,
    },
  };
}

/** A line of a web server's log, as Docker frames it with timestamps. */
function recordedLine(index: number): Buffer {
  const nanoseconds = String(index % 1e9).padStart(9, "0");
  const at = `2026-11-20T09:00:${String(Math.floor(index / 1e9)).padStart(2, "0")}.${nanoseconds}Z`;
  const status = index % 50 === 0 ? "\u001b[31m500\u001b[0m" : "\u001b[32m200\u001b[0m";
  const text = `${at} 172.17.0.1 - GET /assets/${index % 977}.js ${status} ${index % 311} ms request=${index}\n`;
  const header = Buffer.alloc(8);
  header[0] = 1;
  header.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([header, Buffer.from(text)]);
}

function keep(streams: Set<http.ServerResponse>, response: http.ServerResponse): void {
  response.writeHead(200, { "Content-Type": "application/json" });
  response.flushHeaders();
  streams.add(response);
  response.on("close", () => streams.delete(response));
}

function written(response: http.ServerResponse, piece: Buffer): Promise<void> {
  return new Promise((resolve) => {
    if (response.write(piece)) {
      resolve();
      return;
    }
    const done = () => {
      response.off("drain", done);
      response.off("close", done);
      resolve();
    };
    response.on("drain", done);
    response.on("close", done);
  });
}

function json(response: http.ServerResponse, body: unknown): void {
  response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify(body));
}
