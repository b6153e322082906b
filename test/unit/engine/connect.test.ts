import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import net from "node:net";
import path from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { describeFailure } from "../../../engine/contract/client.ts";
import { connectEngine, engineEndpoint } from "../../../engine/contract/connect.ts";
import { connect, isAlive, testVersion, until } from "./support/engine.ts";
import { temporaryFolder } from "./support/temporary.ts";

describe("connecting", () => {
  it("says that nothing runs when it must not start an engine", async () => {
    const home = await temporaryFolder();
    const failure = await connect(home, { start: false }).catch(describeFailure);
    expect(failure).toMatchObject({ code: "engine_not_running" });
    expect(await readdir(home)).toEqual([]);
  });

  it("starts one engine that later clients share, in a home that only its owner can open", async () => {
    const home = path.join(await temporaryFolder(), "with space", "home");
    const first = await connect(home);
    const second = await connect(home);
    expect(second.hello.pid).toBe(first.hello.pid);
    expect(first.hello).toMatchObject({ home, version: testVersion, platform: process.platform });
    expect((await stat(home)).mode & 0o777).toBe(0o700);
    expect((await stat(engineEndpoint(home))).mode & 0o777).toBe(0o600);
  });

  it("many clients at once end up at one engine", async () => {
    const home = await temporaryFolder();
    const clients = await Promise.all(Array.from({ length: 3 }, () => connect(home)));
    expect(new Set(clients.map(({ hello }) => hello.pid)).size).toBe(1);
  });

  it("replaces an older engine, keeps an equal or newer one", async () => {
    const home = await temporaryFolder();
    const old = await connect(home);
    const same = await connect(home, { version: "0.0.9" });
    expect(same.hello.pid).toBe(old.hello.pid);
    const newer = await connect(home, { version: "9.0.0" });
    expect(newer.hello.pid).not.toBe(old.hello.pid);
    await until("the old engine ended", () => !isAlive(old.hello.pid));
    expect((await newer.client.vm.status()).engine.pid).toBe(newer.hello.pid);
  });

  it("starts an engine in place of one that was killed, whose socket and lock are still there", async () => {
    const home = await temporaryFolder();
    const first = await connect(home);
    process.kill(first.hello.pid, "SIGKILL");
    await until("the engine is gone", () => !isAlive(first.hello.pid));
    expect(existsSync(engineEndpoint(home))).toBe(true);
    const second = await connect(home);
    expect(second.hello.pid).not.toBe(first.hello.pid);
  });

  it("calls under way fail at once when the engine dies", async () => {
    const home = await temporaryFolder();
    const { client, hello } = await connect(home);
    const stream = await client.vm.watch();
    await stream.next();
    const waiting = stream.next();
    process.kill(hello.pid, "SIGKILL");
    await expect(waiting).rejects.toThrow();
  });
});

describe("ending", () => {
  it("on request ends the process, removes the socket and lets the next one in", async () => {
    const home = await temporaryFolder();
    const { client, hello, socket } = await connect(home);
    const closed = new Promise((resolve) => socket.once("close", resolve));
    await client.system.quit({ vm: "keep" });
    await closed;
    await until("the engine ended", () => !isAlive(hello.pid));
    expect(existsSync(engineEndpoint(home))).toBe(false);
    expect((await connect(home)).hello.pid).not.toBe(hello.pid);
  });

  it.each(["SIGTERM", "SIGINT"] as const)("on %s ends cleanly and says so in the log", async (signal) => {
    const home = await temporaryFolder();
    const { hello } = await connect(home);
    process.kill(hello.pid, signal);
    await until("the engine ended", () => !isAlive(hello.pid));
    expect(await readFile(path.join(home, "logs/engine.log"), "utf8")).toMatch(
      new RegExp(`engine ends .*${signal}`),
    );
  });
});

describe("homes that cannot work", () => {
  it("a path too long for sockets is named with its remedy", async () => {
    const home = path.join(await temporaryFolder(), "x".repeat(100));
    const failure = await connect(home).catch(describeFailure);
    expect(failure).toMatchObject({ code: "home_path_too_long" });
    expect(JSON.stringify(failure)).toContain("BERTH_HOME");
  });

  it("another program that answers on the socket is told apart", async () => {
    const home = await temporaryFolder();
    const server = net.createServer((socket) => {
      socket.on("error", () => undefined);
      socket.end("HTTP/1.1 404 Not Found\r\n\r\n");
    });
    await new Promise<void>((resolve) => server.listen(engineEndpoint(home), resolve));
    onTestFinished(() => void server.close());
    expect(await connect(home).catch(describeFailure)).toMatchObject({ code: "engine_socket_taken" });
  });

  it("a file where the home should be is an error, and the file stays", async () => {
    const home = path.join(await temporaryFolder(), "home");
    await writeFile(home, "mine");
    expect(await connect(home).catch(describeFailure)).toMatchObject({ code: "home_not_usable" });
    expect(await readFile(home, "utf8")).toBe("mine");
  });

  it("a program that does not run is named", async () => {
    const home = await temporaryFolder();
    const program = { command: "/nonexistent/berth", args: [] };
    const failure = await connectEngine({ home, version: "1.0.0", program, start: true }).catch(
      describeFailure,
    );
    expect(failure).toMatchObject({ code: "engine_not_started" });
    expect(JSON.stringify(failure)).toContain("/nonexistent/berth");
  });

  it.runIf(process.getuid?.() === 0 && process.platform === "linux")(
    "a full disk is named, and settings saved before stay",
    async () => {
      const home = await temporaryFolder();
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=256k", "tmpfs", home]);
      onTestFinished(() => void execFileSync("umount", ["-l", home]));
      const settings = '{"vm.cpus":4}\n';
      await writeFile(path.join(home, "settings.json"), settings);
      await fill(path.join(home, "filler"));
      expect(await connect(home).catch(describeFailure)).toMatchObject({
        code: expect.stringMatching(/^(disk_full|home_not_usable)$/) as string,
      });
      await rm(path.join(home, "filler"));
      const { client } = await connect(home);
      await fill(path.join(home, "filler"));
      expect(await client.settings.set({ "vm.cpus": 5 }).catch(describeFailure)).toMatchObject({
        code: "settings_not_saved",
      });
      expect((await client.settings.get())["vm.cpus"]).toBe(4);
      expect(await readFile(path.join(home, "settings.json"), "utf8")).toBe(settings);
      expect((await readdir(home)).filter((name) => name.endsWith(".tmp"))).toEqual([]);
    },
  );
});

async function fill(file: string): Promise<void> {
  await writeFile(file, Buffer.alloc(1024 * 1024)).catch(() => undefined);
}
