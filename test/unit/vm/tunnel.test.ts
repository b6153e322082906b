import http from "node:http";
import net from "node:net";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { ensureKeys } from "../../../vm/host/guest/keys.ts";
import { machinePaths, prepareHome } from "../../../vm/host/index.ts";
import { quoteCommand } from "../../../vm/host/tunnel/commands.ts";
import { memoryLogger, until } from "./support/home.ts";
import { noUdp, suspended, tunnelUnderTest } from "./support/tunnel.ts";

const under = tunnelUnderTest();

describe("the supervised connection", () => {
  it("comes back by itself when it is cut, and clients do not notice", async () => {
    await under.tunnel.serve();
    under.open();
    await under.tunnel.ready();
    const states: string[] = [];
    under.tunnel.on("state", (state) => states.push(state));
    under.guest.cut();
    await until(() => under.tunnel.state !== "up", "the cut is noticed");
    expect((await under.request("/_ping")).status).toBe(200);
    expect(states).toEqual(["connecting", "up"]);
  });

  it("tries on while the guest's SSH server is away, however it is away", async () => {
    await under.guest.close();
    // User-mode networking accepts for a guest that does not listen yet.
    const silent = net.createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(under.port, "127.0.0.1", resolve));
    under.open();
    await new Promise((resolve) => silent.once("connection", resolve));
    silent.close();
    await under.guest.listen(under.port);
    await under.tunnel.ready(10_000);
    expect(under.tunnel.state).toBe("up");
  });

  it("refuses a guest that does not show the pinned key", async () => {
    const paths2 = machinePaths(path.join(under.paths.home, "b"));
    await prepareHome(paths2);
    const strange = await ensureKeys(paths2, memoryLogger(), { repair: true });
    under.tunnel.open(
      {
        port: under.port,
        keys: { ...under.keys, hostPublicBlob: strange.hostPublicBlob },
        waitForPoke: false,
      },
      noUdp,
    );
    await expect(under.tunnel.ready(600)).rejects.toMatchObject({ code: "docker_unreachable" });
    expect(under.guest.opened).toBe(0);
  });

  it("can be left so that the guest ends its side of what its clients had begun", async () => {
    await under.tunnel.serve();
    under.open();
    await under.tunnel.ready();
    const client = http.get({ socketPath: under.paths.dockerSocket, path: "/forever", agent: false });
    client.on("error", () => undefined);
    await new Promise((resolve) => client.once("response", resolve));
    expect(under.guest.connections).toBe(1);
    await under.tunnel.leave(suspended);
    await until(() => under.guest.connections === 0, "the guest has ended the connection");
    expect(under.tunnel.state).toBe("down");
    expect((await under.request("/echo")).body.toString()).toContain("It sleeps.");
  });

  it("waits for the guest's word when told to, and says so when it is given up", async () => {
    under.tunnel.open({ port: under.port, keys: under.keys, waitForPoke: true }, noUdp);
    await expect(under.tunnel.ready(150)).rejects.toMatchObject({ code: "docker_unreachable" });
    const waiting = under.tunnel.ready(5_000);
    under.tunnel.shut(suspended);
    await expect(waiting).rejects.toMatchObject({ code: "vm_not_running" });
    under.tunnel.open({ port: under.port, keys: under.keys, waitForPoke: true }, noUdp);
    under.tunnel.poke();
    await under.tunnel.ready();
  });
});

describe("commands in the guest", () => {
  it("mean each argument as it is", async () => {
    under.open();
    const nasty = ["a b", "$(id)", "'", '"', "`x`", "*", "\n", "-n", "ü", ""];
    const result = await under.tunnel.exec(["printf", "%s|", ...nasty]);
    expect(result).toEqual({ stdout: nasty.map((word) => `${word}|`).join(""), stderr: "", exitCode: 0 });
    expect(() => quoteCommand(["a\0b"])).toThrow("zero byte");
  });

  it("take stdin, and give exit code and stderr", async () => {
    under.open();
    expect((await under.tunnel.exec(["cat"], { stdin: "from here" })).stdout).toBe("from here");
    expect(await under.tunnel.exec(["sh", "-c", "echo bad >&2; exit 3"])).toEqual({
      stdout: "",
      stderr: "bad\n",
      exitCode: 3,
    });
  });

  it("end when they take too long or are called off", async () => {
    under.open();
    await expect(under.tunnel.exec(["sleep", "9"], { timeoutMs: 100 })).rejects.toMatchObject({
      code: "guest_command_timeout",
    });
    const abort = new AbortController();
    const running = under.tunnel.exec(["sleep", "9"], { signal: abort.signal });
    abort.abort();
    await expect(running).rejects.toThrow();
  });
});
