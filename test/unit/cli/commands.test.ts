import { describe, expect, test } from "vitest";
import { assignment, dockerHost } from "../../../cli/commands/docker-env.ts";
import { parseListen } from "../../../cli/commands/serve.ts";
import { FakeEngine } from "./fake-engine.ts";
import { document, run } from "./harness.ts";

describe("config", () => {
  test("sets values of every type, all in one change, and says what needs a restart", async () => {
    const engine = new FakeEngine();
    const pairs = [
      "vm.cpus=4",
      "app.theme=dark",
      "app.closeToTray=off",
      "network.httpProxy=http://proxy:3128/?a=b",
    ];
    const result = await run(["config", "set", ...pairs], { client: engine.client() });
    expect(result.code).toBe(0);
    expect(engine.calls).toEqual([
      'set {"vm.cpus":4,"app.theme":"dark","app.closeToTray":false,"network.httpProxy":"http://proxy:3128/?a=b"}',
    ]);
    expect(result.stdout).toContain("To apply vm.cpus, restart the VM: berth restart");
  });

  test("a value that does not fit changes nothing", async () => {
    const engine = new FakeEngine();
    const result = await run(["config", "set", "app.theme=dark", "vm.memoryMiB=10"], {
      client: engine.client(),
    });
    expect(result.code).toBe(2);
    expect(engine.calls).toEqual([]);
  });

  test("get prints the bare value, list every key", async () => {
    const client = new FakeEngine().client();
    expect(await run(["config", "get", "vm.cpus"], { client })).toMatchObject({ code: 0, stdout: "2\n" });
    expect(document(await run(["config", "get", "vm.cpus", "--json"], { client }))).toEqual({
      key: "vm.cpus",
      value: 2,
    });
    expect(document(await run(["config", "list", "--json"], { client }))).toMatchObject({
      "app.quit": "ask",
    });
    expect((await run(["config", "list"], { client })).stdout).toMatch(/^vm\.cpus +2 +after restart/m);
  });

  test("a near miss is pointed out", async () => {
    expect((await run(["config", "get", "memorymib"])).stderr).toContain("Did you mean vm.memoryMiB?");
  });
});

describe("ssh", () => {
  test("passes output, errors, input and the exit code through", async () => {
    const engine = new FakeEngine();
    engine.terminal = [
      { kind: "stdout", data: Buffer.from("out\u001b[0m").toString("base64") },
      { kind: "stderr", data: Buffer.from("err").toString("base64") },
      { kind: "exit", code: 42 },
    ];
    const result = await run(["ssh", "--", "ls", "-la", "--json"], { client: engine.client(), stdin: "hi" });
    expect(result).toEqual({ code: 42, stdout: "out\u001b[0m", stderr: "err" });
    expect(engine.calls).toEqual(['open ["ls","-la","--json"] pipes']);
    const asJson = await run(["ssh", "--json", "--", "ls"], { client: engine.client() });
    expect(asJson.code).toBe(42);
    expect(document(asJson)).toEqual({ exitCode: 42, stdout: "out\u001b[0m", stderr: "err" });
  });

  test("asks for a terminal where there is one", async () => {
    const engine = new FakeEngine();
    engine.terminal = [{ kind: "exit", code: 0 }];
    await run(["ssh"], { client: engine.client(), terminal: true });
    expect(engine.calls).toEqual(["open [] tty"]);
  });

  test("an end without an exit code is a failure", async () => {
    const result = await run(["ssh"], { client: new FakeEngine().client() });
    expect(result.code).toBe(1);
    expect(result.stderr).toContain("ended before the command did");
  });
});

describe("docker-env", () => {
  test("prints the line for the shell in use", async () => {
    const client = new FakeEngine().client();
    const env = (environment: NodeJS.ProcessEnv, ...options: string[]) =>
      run(["docker-env", ...options], { client, environment });
    expect((await env({ SHELL: "/bin/zsh" })).stdout).toBe(
      "export DOCKER_HOST=unix:///home/me/.berth/docker.sock\n",
    );
    expect((await env({ SHELL: "/usr/bin/fish" })).stdout).toBe(
      "set -gx DOCKER_HOST 'unix:///home/me/.berth/docker.sock';\n",
    );
    expect((await env({}, "--shell", "powershell")).stdout).toBe(
      "$Env:DOCKER_HOST = 'unix:///home/me/.berth/docker.sock'\n",
    );
    expect(document(await env({}, "--json"))).toEqual({ DOCKER_HOST: "unix:///home/me/.berth/docker.sock" });
  });

  test("quotes what a shell would take apart", () => {
    expect(assignment("DOCKER_HOST", "unix:///a b/$(id)'x/docker.sock", "sh")).toBe(
      "export DOCKER_HOST='unix:///a b/$(id)'\\''x/docker.sock'",
    );
    expect(assignment("DOCKER_HOST", "unix:///it's", "powershell")).toBe(
      "$Env:DOCKER_HOST = 'unix:///it''s'",
    );
  });

  test("names a Windows pipe as Docker clients do", () => {
    expect(dockerHost("\\\\.\\pipe\\berth-1-docker")).toBe("npipe:////./pipe/berth-1-docker");
  });
});

describe("serve", () => {
  test("prints the address, and stops serving on Ctrl-C", async () => {
    const engine = new FakeEngine();
    const result = await run(["serve", "--listen", "127.0.0.1:4000"], {
      client: engine.client(),
      onWaiting: (interrupt) => {
        interrupt();
      },
    });
    expect(result).toMatchObject({ code: 0, stdout: "http://127.0.0.1:4000/?token=once\n" });
    expect(engine.calls).toEqual(["serve 127.0.0.1 4000", "serve stop"]);
  });

  test("says so when the engine ends", async () => {
    const result = await run(["serve"], { client: new FakeEngine().client() });
    expect(result.code).toBe(1);
    expect(result.stderr).toContain("engine ended");
  });

  test.each([
    ["127.0.0.1:80", { host: "127.0.0.1", port: 80 }],
    ["[::1]:0", { host: "::1", port: 0 }],
    ["8080", { host: "127.0.0.1", port: 8080 }],
    [":8080", { host: "127.0.0.1", port: 8080 }],
    ["box.local:1", { host: "box.local", port: 1 }],
  ])("takes %s", (listen, expected) => {
    expect(parseListen(listen)).toEqual(expected);
  });

  test.each(["", "127.0.0.1", "127.0.0.1:", "[nine]:80", "::1:80:x", "a:65536"])("refuses %j", (listen) => {
    expect(() => parseListen(listen)).toThrow("not an address");
  });
});

describe("doctor", () => {
  const bad = {
    id: "keys",
    title: "Keys",
    ok: false,
    problem: "Others can read the keys.",
    fix: "Take the permissions away.",
    automatic: true,
  };
  const good = { ...bad, id: "qemu", title: "QEMU", ok: true, problem: null, fix: null, automatic: false };

  test("fails while something is wrong and repairs with --fix", async () => {
    const engine = new FakeEngine();
    engine.checks = [good, bad];
    const found = await run(["doctor"], { client: engine.client() });
    expect(found.code).toBe(1);
    expect(found.stdout).toMatch(/^ok +QEMU\nfailed +Keys\n +Others can read the keys\.\n +Take/);
    const fixed = await run(["doctor", "--fix", "--json"], { client: engine.client() });
    expect(fixed.code).toBe(0);
    expect(engine.calls).toEqual(["fix keys"]);
    expect(document(fixed)).toMatchObject({ checks: [{ id: "qemu" }, { id: "keys", ok: true }] });
  });
});
