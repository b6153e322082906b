import { mkdir, writeFile } from "node:fs/promises";
import http from "node:http";
import path from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { Serve } from "../../../engine/serve/index.ts";
import { MemoryLogger } from "./support/logger.ts";
import { temporaryFolder } from "./support/temporary.ts";

interface Answer {
  status: number;
  headers: http.IncomingHttpHeaders;
  text: string;
}

function ask(address: string, headers: Record<string, string> = {}, method = "GET"): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = http.request(address, { headers, method, agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => (text += part));
      response.on("end", () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
      });
    });
    request.on("error", reject).end();
  });
}

async function setUp() {
  const folder = await temporaryFolder();
  await mkdir(path.join(folder, "renderer"));
  await writeFile(path.join(folder, "renderer/index.html"), "<title>Berth</title>");
  await writeFile(path.join(folder, "secret.txt"), "not for you");
  const serve = new Serve({ rendererFolder: path.join(folder, "renderer"), logger: new MemoryLogger() });
  serve.attach((socket) => {
    socket.send("welcome");
  });
  onTestFinished(() => serve.stop());
  const address = await serve.start("127.0.0.1", 0);
  return { serve, address, origin: new URL(address).origin };
}

async function signIn(address: string): Promise<string> {
  const { headers } = await ask(address);
  return headers["set-cookie"]?.[0]?.split(";")[0] ?? "";
}

function connect(origin: string, headers: Record<string, string>): Promise<string> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`${origin.replace("http", "ws")}/rpc`, { headers });
    socket.on("message", (data: Buffer) => {
      socket.close();
      resolve(data.toString());
    });
    socket.on("error", () => {
      resolve("refused");
    });
  });
}

describe("a served window", () => {
  it("takes its token once, for a cookie that scripts cannot read", async () => {
    const { address, origin } = await setUp();
    const first = await ask(address);
    expect(first.status).toBe(303);
    expect(first.headers.location).toBe("/");
    expect(first.headers["set-cookie"]?.[0]).toMatch(/HttpOnly; SameSite=Strict; Path=\//);
    expect((await ask(address)).status).toBe(401);
    const cookie = first.headers["set-cookie"]?.[0]?.split(";")[0] ?? "";
    expect(await ask(origin, { cookie })).toMatchObject({ status: 200, text: "<title>Berth</title>" });
  });

  it("shows nothing without token or cookie, or with wrong ones", async () => {
    const { origin } = await setUp();
    for (const attempt of [`${origin}/`, `${origin}/?token=${"A".repeat(43)}`, `${origin}/index.html`]) {
      expect((await ask(attempt)).status).toBe(401);
    }
    expect((await ask(origin, { cookie: "berth-session-1=x" })).status).toBe(401);
  });

  it("sends a strict content policy with every answer", async () => {
    const { address, origin } = await setUp();
    const cookie = await signIn(address);
    for (const answer of [await ask(origin), await ask(origin, { cookie })]) {
      expect(answer.headers["content-security-policy"]).toContain("default-src 'none'");
      expect(answer.headers["content-security-policy"]).toContain("frame-ancestors 'none'");
      expect(answer.headers["x-content-type-options"]).toBe("nosniff");
      expect(answer.headers["referrer-policy"]).toBe("no-referrer");
    }
  });

  it("answers to its own name only, and not to other sites", async () => {
    const { address, origin } = await setUp();
    const cookie = await signIn(address);
    const { port } = new URL(origin);
    expect((await ask(origin, { cookie, host: `evil.example:${port}` })).status).toBe(421);
    expect((await ask(origin, { cookie, host: `localhost:${port}` })).status).toBe(200);
    expect((await ask(origin, { cookie, origin: "http://evil.example" })).status).toBe(403);
    expect((await ask(origin, { cookie }, "POST")).status).toBe(405);
  });

  it.each(["/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "/%00", "/%zz"])(
    "serves nothing outside of its folder: %s",
    async (pathname) => {
      const { address, origin } = await setUp();
      const cookie = await signIn(address);
      const { hostname, port } = new URL(origin);
      const answer = await new Promise<number>((resolve, reject) => {
        http
          .get({ hostname, port, path: pathname, headers: { cookie }, agent: false }, (response) => {
            response.resume();
            resolve(response.statusCode ?? 0);
          })
          .on("error", reject);
      });
      expect(answer).toBe(404);
    },
  );

  it("connects its own page only", async () => {
    const { address, origin } = await setUp();
    const cookie = await signIn(address);
    expect(await connect(origin, { cookie, origin })).toBe("welcome");
    expect(await connect(origin, { origin })).toBe("refused");
    expect(await connect(origin, { cookie })).toBe("refused");
    expect(await connect(origin, { cookie, origin: "http://evil.example" })).toBe("refused");
  });

  it("gives a second browser a token of its own, and ends for all when stopped", async () => {
    const { serve, address, origin } = await setUp();
    const cookie = await signIn(address);
    const second = await serve.start("127.0.0.1", Number(new URL(origin).port));
    expect((await ask(second)).status).toBe(303);
    expect((await ask(origin, { cookie })).status).toBe(200);
    await serve.stop();
    await expect(ask(origin, { cookie })).rejects.toThrow("ECONNREFUSED");
  });

  it("says when its port is taken or its files are missing", async () => {
    const { origin } = await setUp();
    const other = new Serve({ rendererFolder: "/tmp", logger: new MemoryLogger() });
    await expect(other.start("127.0.0.1", Number(new URL(origin).port))).rejects.toMatchObject({
      code: "port_in_use",
    });
    const without = new Serve({ rendererFolder: null, logger: new MemoryLogger() });
    await expect(without.start("127.0.0.1", 0)).rejects.toMatchObject({ code: "window_not_built" });
  });
});
