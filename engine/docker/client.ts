import http from "node:http";
import type { Duplex, Readable } from "node:stream";
import { inspect } from "node:util";
import Docker from "dockerode";

/** Opens one connection to the Docker API. */
export type OpenConnection = () => Promise<Duplex>;

/** A Docker client whose every request runs over a connection of its own from `open`. */
export function createDocker(open: OpenConnection): Docker {
  const agent = new TunnelAgent(open);
  // Everything is said explicitly, so that a DOCKER_HOST in our environment changes nothing.
  const options: Docker.DockerOptions & { agent: http.Agent } = {
    agent,
    protocol: "http",
    host: "http://docker",
    port: 80,
  };
  return new Docker(options);
}

class TunnelAgent extends http.Agent {
  readonly #open: OpenConnection;

  constructor(open: OpenConnection) {
    super({ keepAlive: false });
    this.#open = open;
  }

  /** The client library renders its options, agent included, for a debug line at every request. */
  [inspect.custom](): string {
    return "TunnelAgent";
  }

  override createConnection(
    _options: http.ClientRequestArgs,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): undefined {
    this.#open().then(
      (stream) => callback?.(null, asSocket(stream)),
      // Node ignores the stream when there is an error, but its types want one.
      (error: unknown) => (callback as (error: unknown) => void)(error),
    );
  }
}

/** Gives a plain stream the socket methods that Node's HTTP client calls and a tunnel has no use for. */
function asSocket(stream: Duplex): Duplex {
  const nothing = () => stream;
  const socketMethods = {
    setKeepAlive: nothing,
    setNoDelay: nothing,
    setTimeout: nothing,
    ref: nothing,
    unref: nothing,
    destroySoon: () => stream.destroy(),
  };
  for (const [name, method] of Object.entries(socketMethods)) {
    if (!(name in stream)) Object.defineProperty(stream, name, { value: method });
  }
  return stream;
}

/** The part of the client library's transport that we call ourselves; the library leaves it untyped. */
interface Modem {
  dial(
    request: {
      path: string;
      method: "GET" | "POST";
      statusCodes: Record<number, true>;
      isStream?: true;
      abortSignal?: AbortSignal;
      authconfig?: { base64: string };
      file?: Readable;
      options?: { _query: object; _body: object };
    },
    callback: (error: Error | null, result: unknown) => void,
  ): void;
}

export interface StreamRequest {
  method?: "GET" | "POST";
  /** Path without query. */
  path: string;
  query?: Record<string, string | number | boolean | string[]>;
  /** Value of the header X-Registry-Auth; never logged. */
  registryAuth?: string | undefined;
  /** Sent as the body; the answer begins when Docker wants it to. */
  body?: Readable;
  signal: AbortSignal;
}

/** A request whose answer is read as it comes; aborting ends it. Fails as dockerode's own calls do. */
export async function openStream(docker: Docker, request: StreamRequest): Promise<http.IncomingMessage> {
  const modem: Modem = docker.modem;
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(request.query ?? {})) {
    for (const one of Array.isArray(value) ? value : [value]) query.append(name, String(one));
  }
  const response = await new Promise<unknown>((resolve, reject) => {
    modem.dial(
      {
        // The client library cuts the last character off a path with a query, for its own query builder.
        path: `${request.path}?${query.toString()}&`,
        method: request.method ?? "GET",
        isStream: true,
        abortSignal: request.signal,
        ...(request.registryAuth === undefined ? {} : { authconfig: { base64: request.registryAuth } }),
        ...(request.body === undefined ? {} : { file: request.body }),
        statusCodes: { 200: true, 201: true, 204: true },
      },
      (error, result) => (error ? reject(error) : resolve(result)),
    );
  });
  if (!(response instanceof http.IncomingMessage)) throw new TypeError("Docker answered without a stream");
  // An aborted request ends its answer with an error that nobody may be waiting for any more.
  response.on("error", () => undefined);
  return response;
}

export interface JsonRequest {
  path: string;
  query?: Record<string, string>;
  body?: object;
}

/** Posts JSON and answers Docker's JSON. Fails as dockerode's own calls do. */
export function postJson(docker: Docker, { path, query = {}, body = {} }: JsonRequest): Promise<unknown> {
  const modem: Modem = docker.modem;
  return new Promise((resolve, reject) => {
    modem.dial(
      {
        path: `${path}?`,
        method: "POST",
        options: { _query: query, _body: body },
        statusCodes: { 200: true, 201: true },
      },
      (error, result) => {
        if (error) reject(error);
        else resolve(result);
      },
    );
  });
}

export interface GetRequest {
  path: string;
  query?: Record<string, string>;
  registryAuth?: string | undefined;
  signal?: AbortSignal | undefined;
}

/** Asks for Docker's JSON. Fails as dockerode's own calls do. */
export function getJson(docker: Docker, request: GetRequest): Promise<unknown> {
  const modem: Modem = docker.modem;
  const { path, query = {}, registryAuth, signal } = request;
  return new Promise((resolve, reject) => {
    modem.dial(
      {
        path: `${path}?${new URLSearchParams(query).toString()}&`,
        method: "GET",
        ...(registryAuth === undefined ? {} : { authconfig: { base64: registryAuth } }),
        ...(signal === undefined ? {} : { abortSignal: signal }),
        statusCodes: { 200: true },
      },
      (error, result) => {
        if (error) reject(error);
        else resolve(result);
      },
    );
  });
}
