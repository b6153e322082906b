import http from "node:http";
import type { IncomingMessage } from "node:http";
import { finished, pipeline } from "node:stream/promises";

/** The Docker API at a unix socket, as plain HTTP, so that nothing but the socket is measured. */
export class DockerApi {
  readonly #socketPath: string;
  /** One connection that stays open. */
  readonly #kept = new http.Agent({ keepAlive: true, maxSockets: 1 });

  constructor(socketPath: string) {
    this.#socketPath = socketPath;
  }

  /** Resolves when `/_ping` answers; throws when it does not. */
  async ping(): Promise<void> {
    await this.#get("/_ping", false);
  }

  /** Milliseconds that one `GET` on the kept connection takes. */
  async timeGet(path: string): Promise<number> {
    const start = performance.now();
    await this.#get(path, this.#kept);
    return performance.now() - start;
  }

  /** Pipes `docker save` of an image into `docker load`; answers bytes and milliseconds. */
  async saveIntoLoad(image: string): Promise<{ bytes: number; ms: number }> {
    const start = performance.now();
    const saved = await this.#open("GET", `/images/${encodeURIComponent(image)}/get`, false);
    let bytes = 0;
    saved.on("data", (chunk: Buffer) => (bytes += chunk.length));
    const { request, response } = this.#request("POST", "/images/load?quiet=1", false);
    request.setHeader("Content-Type", "application/x-tar");
    await pipeline(saved, request);
    await drain(await response);
    return { bytes, ms: performance.now() - start };
  }

  close(): void {
    this.#kept.destroy();
  }

  async #get(path: string, agent: http.Agent | false): Promise<void> {
    await drain(await this.#open("GET", path, agent));
  }

  async #open(method: string, path: string, agent: http.Agent | false): Promise<IncomingMessage> {
    const { request, response } = this.#request(method, path, agent);
    request.end();
    return response;
  }

  #request(method: string, path: string, agent: http.Agent | false) {
    const request = http.request({ socketPath: this.#socketPath, method, path, agent });
    const response = new Promise<IncomingMessage>((resolve, reject) => {
      request.on("error", reject);
      request.on("response", (message) => {
        const status = message.statusCode ?? 0;
        if (status < 300) resolve(message);
        else reject(new Error(`${method} ${path} answered ${status}`));
      });
    });
    return { request, response };
  }
}

async function drain(message: IncomingMessage): Promise<void> {
  message.resume();
  await finished(message);
}
