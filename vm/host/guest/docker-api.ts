import http from "node:http";
import type { Duplex } from "node:stream";
import { z } from "zod";
import type { Tunnel } from "../types.ts";

const dockerSocket = "/run/docker.sock";
const maxAnswerBytes = 64 * 2 ** 20;

export interface DockerAnswer {
  status: number;
  body: string;
}

const containerSchema = z.object({ Id: z.string(), State: z.string() });
export type ListedContainer = z.infer<typeof containerSchema>;

/** What we read of a container's details (Docker Engine API, ContainerInspect). */
const inspectedSchema = z.object({
  Id: z.string(),
  RestartCount: z.number().default(0),
  State: z.object({ Running: z.boolean(), ExitCode: z.number() }),
  HostConfig: z.object({
    NetworkMode: z.string().default(""),
    RestartPolicy: z.object({ Name: z.string(), MaximumRetryCount: z.number().default(0) }),
  }),
});
export type InspectedContainer = z.infer<typeof inspectedSchema>;

/** The few requests to the Docker engine that the life cycle itself needs. */
export class DockerApi {
  readonly #tunnel: Pick<Tunnel, "connectUnix">;
  readonly #signal: AbortSignal;

  /** `signal` ends requests under way. */
  constructor(tunnel: Pick<Tunnel, "connectUnix">, signal: AbortSignal) {
    this.#tunnel = tunnel;
    this.#signal = signal;
  }

  /** All containers, stopped ones too. */
  async containers(): Promise<ListedContainer[]> {
    const { body } = await this.#done("GET", "/containers/json?all=1", [200]);
    return z.array(containerSchema).parse(JSON.parse(body));
  }

  /** Null when there is no such container (any more). */
  async inspect(id: string): Promise<InspectedContainer | null> {
    const { status, body } = await this.#done(
      "GET",
      `/containers/${encodeURIComponent(id)}/json`,
      [200, 404],
    );
    return status === 404 ? null : inspectedSchema.parse(JSON.parse(body));
  }

  /** Ends a container with its own signal and grace. */
  async stop(id: string): Promise<void> {
    await this.#done("POST", `/containers/${encodeURIComponent(id)}/stop`, [204, 304, 404]);
  }

  /** Throws with the engine's own sentence. */
  async start(id: string): Promise<void> {
    await this.#done("POST", `/containers/${encodeURIComponent(id)}/start`, [204, 304, 404]);
  }

  async #done(method: string, path: string, expected: number[]): Promise<DockerAnswer> {
    const answer = await this.#request(method, path);
    if (expected.includes(answer.status)) return answer;
    throw new Error(`${method} ${path} answered ${answer.status}: ${answer.body.slice(0, 500)}`);
  }

  async #request(method: string, path: string): Promise<DockerAnswer> {
    this.#signal.throwIfAborted();
    const channel = await this.#tunnel.connectUnix(dockerSocket);
    try {
      return await exchange(channel, method, path, this.#signal);
    } finally {
      channel.destroy();
    }
  }
}

function exchange(channel: Duplex, method: string, path: string, signal: AbortSignal): Promise<DockerAnswer> {
  return new Promise((resolve, reject) => {
    const request = http.request({
      createConnection: () => channel,
      method,
      path,
      signal,
      headers: {
        Host: "docker",
        Connection: "close",
        ...(method === "POST" ? { "Content-Length": "0" } : {}),
      },
    });
    request.once("error", reject);
    request.once("response", (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > maxAnswerBytes) request.destroy(new Error("the engine's answer is too long"));
        else chunks.push(chunk);
      });
      response.once("error", reject);
      response.once("end", () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString("utf8") }),
      );
    });
    request.end();
  });
}
