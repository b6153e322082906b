import http from "node:http";
import net from "node:net";
import { once } from "node:events";
import { afterEach, describe, expect, onTestFinished, test } from "vitest";
import { DockerTap } from "../../../../engine/idle/client-taps.ts";
import { requestKind } from "../../../../engine/idle/docker-requests.ts";
import { Use } from "../../../../engine/idle/use.ts";

describe("requestKind", () => {
  const table: [request: string, kind: string, what?: string][] = [
    ["GET /_ping", "probe"],
    ["HEAD /_ping", "probe"],
    ["GET /v1.45/version", "probe"],
    ["GET /v1.45/events?filters=%7B%7D", "watch"],
    ["GET /v1.45/containers/abc/logs?follow=1&stdout=1", "watch"],
    ["GET /v1.45/containers/abc/logs?follow=false&stdout=1", "work"],
    ["GET /containers/abc/logs?stdout=1", "work"],
    ["GET /v1.45/containers/abc/stats", "watch"],
    ["GET /v1.45/containers/abc/stats?stream=0", "work"],
    ["POST /v1.45/containers/abc/wait?condition=removed", "watch"],
    ["GET /v1.45/containers/json", "work", "a Docker request is under way"],
    ["POST /v1.45/build?t=x", "work", "a build runs"],
    ["POST /session", "work", "a build runs"],
    ["POST /v1.45/images/create?fromImage=x", "work", "an image is being pulled"],
    ["POST /v1.45/images/registry.example/a/b/push", "work", "an image is being pushed"],
    ["GET /v1.45/images/get?names=x", "work", "an image is being saved"],
    ["GET /v1.45/images/a/b/get", "work", "an image is being saved"],
    ["POST /v1.45/containers/abc/attach?stream=1", "work", "somebody is attached to a container"],
    ["POST /v1.45/exec/abc/start", "work", "a command runs in a container"],
    ["PUT /v1.45/containers/abc/archive?path=/", "work", "files are being copied"],
  ];
  test.each(table)("%s is %s", (request, kind, what) => {
    const [method = "", target = ""] = request.split(" ");
    const found = requestKind(method, target);
    expect(found.kind).toBe(kind);
    if (what !== undefined) expect(found).toMatchObject({ what });
  });
});

/** A real HTTP server and client with the tap between them. */
async function tapped(
  answer: http.RequestListener,
): Promise<{ use: Use; port: number; server: http.Server }> {
  const use = new Use();
  const server = http.createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port: target } = server.address() as net.AddressInfo;
  const relay = net.createServer({ allowHalfOpen: true }, (socket) => {
    const upstream = net.connect({ port: target, host: "127.0.0.1", allowHalfOpen: true });
    const tap = new DockerTap(use);
    socket.on("data", (chunk) => tap.sent(chunk));
    upstream.on("data", (chunk) => tap.received(chunk));
    upstream.once("close", () => tap.closed());
    socket.on("close", () => upstream.destroy());
    upstream.on("close", () => socket.destroy());
    socket.on("error", () => undefined);
    upstream.on("error", () => undefined);
    socket.pipe(upstream).pipe(socket);
  });
  relay.listen(0, "127.0.0.1");
  await once(relay, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
    relay.close();
  });
  return { use, port: (relay.address() as net.AddressInfo).port, server };
}

const agents: http.Agent[] = [];
afterEach(() => {
  for (const agent of agents.splice(0)) agent.destroy();
});

function keptOpen(): http.Agent {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  agents.push(agent);
  return agent;
}

async function ask(
  port: number,
  agent: http.Agent,
  method: string,
  path: string,
  body?: Buffer,
): Promise<string> {
  const request = http.request({ port, host: "127.0.0.1", agent, method, path });
  request.end(body);
  const [response] = (await once(request, "response")) as [http.IncomingMessage];
  let text = "";
  for await (const chunk of response) text += String(chunk);
  return text;
}

describe("a tapped connection", () => {
  test("is at work from the request to the end of its answer, one after the other on a kept connection", async () => {
    const seen: string[][] = [];
    const { use, port } = await tapped((request, response) => {
      request.resume();
      request.once("end", () => {
        seen.push(use.ongoing);
        // One answer of each kind: in chunks, of known length, without a body.
        if (request.url === "/chunks") {
          response.write("a".repeat(70_000));
          setImmediate(() => response.end("b\r\n0\r\n\r\n"));
        } else if (request.url === "/none") response.writeHead(204).end();
        else response.writeHead(200, { "Content-Length": 3 }).end("abc");
      });
    });
    const agent = keptOpen();
    await ask(port, agent, "GET", "/chunks");
    await expect.poll(() => use.ongoing).toEqual([]);
    await ask(port, agent, "POST", "/build", Buffer.alloc(300_000, "GET /x HTTP/1.1\r\n\r\n"));
    await expect.poll(() => use.ongoing).toEqual([]);
    await ask(port, agent, "POST", "/none");
    await ask(port, agent, "HEAD", "/exec/abc/start");
    await ask(port, agent, "POST", "/exec/abc/start");
    await expect.poll(() => use.ongoing).toEqual([]);
    expect(seen).toEqual([
      ["a Docker request is under way"],
      ["a build runs"],
      ["a Docker request is under way"],
      ["a Docker request is under way"],
      ["a command runs in a container"],
    ]);
  });

  test("that was upgraded is at work until it closes", async () => {
    const { use, port, server } = await tapped(() => undefined);
    server.on("upgrade", (_request, socket: net.Socket) => {
      socket.write("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\nhello");
      socket.resume();
      socket.on("end", () => socket.end());
      socket.on("error", () => undefined);
    });
    const request = http.request({
      port,
      host: "127.0.0.1",
      method: "POST",
      path: "/v1.45/containers/abc/attach?stream=1",
      headers: { Connection: "Upgrade", Upgrade: "tcp" },
    });
    request.end();
    const [, socket] = (await once(request, "upgrade")) as [http.IncomingMessage, net.Socket];
    expect(use.ongoing).toEqual(["somebody is attached to a container"]);
    socket.write("GET / HTTP/1.1\r\n\r\n");
    socket.write(Buffer.from([0, 1, 2, 255]));
    await new Promise(setImmediate);
    expect(use.ongoing).toEqual(["somebody is attached to a container"]);
    socket.destroy();
    await expect.poll(() => use.ongoing).toEqual([]);
  });

  test("that only listens is no use, whatever comes", async () => {
    const { use, port } = await tapped((_request, response) => {
      response.write(`${"x".repeat(1000)}\n`);
    });
    const request = http.request({ port, host: "127.0.0.1", path: "/v1.45/events" });
    request.end();
    const [response] = (await once(request, "response")) as [http.IncomingMessage];
    await once(response, "data");
    expect(use.ongoing).toEqual([]);
    request.destroy();
  });
});
