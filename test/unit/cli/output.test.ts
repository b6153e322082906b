import { describe, expect, test } from "vitest";
import { FakeEngine, runningStatus } from "./fake-engine.ts";
import { document, run } from "./harness.ts";

describe("status", () => {
  test("shows state, Docker, disk, engine and what needs attention", async () => {
    const engine = new FakeEngine();
    engine.status = runningStatus({
      problems: [{ id: "disk", message: "The disk is full.", hint: "Free some.", severity: "problem" }],
    });
    const { code, stdout } = await run(["status"], { client: engine.client() });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^VM +running for \d+ days \(cold start in 12\.3 s\)\n/);
    expect(stdout).toContain("2 CPUs, 2048 MiB memory, tcg, process 42");
    expect(stdout).toContain("26.1.5, /home/me/.berth/docker.sock");
    expect(stdout).toContain("1.2 GiB of 64 GiB used in the VM, 900 MiB taken on this computer");
    expect(stdout).toContain("! The disk is full.\n  Free some.");
  });

  test("with --json prints exactly what the engine says", async () => {
    const engine = new FakeEngine();
    expect(document(await run(["status", "--json"], { client: engine.client() }))).toEqual(engine.status);
    expect(document(await run(["--json", "status"], { client: engine.client() }))).toEqual(engine.status);
  });
});

describe("text written by strangers", () => {
  const hostile = "x\u001b[2J\u0007\u202egnp.exe\u009b31m\n";

  test("is printed with control characters made visible", async () => {
    const engine = new FakeEngine();
    engine.forwards = [
      {
        host: "127.0.0.1",
        hostPort: 8080,
        guestPort: 80,
        protocol: "tcp",
        container: hostile,
        state: "failed",
        problem: hostile,
      },
    ];
    const asText = await run(["ports"], { client: engine.client() });
    expect(asText.stdout).toContain("x\\u001b[2J\\u0007\\u202egnp.exe\\u009b31m\\n");
    expect(asText.stdout.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\u202e]/u);
    const asJson = await run(["ports", "--json"], { client: engine.client() });
    expect(asJson.stdout.trimEnd()).not.toMatch(/[\p{Cc}\u202e]/u);
    expect(document(asJson)).toEqual(engine.forwards);
  });

  test("in logs loses its colours and keeps its tabs", async () => {
    const engine = new FakeEngine();
    engine.logLines = ["\u001b[1;32mok\u001b[0m\tdone\r", "\u001b]0;title\u0007bell \u0007"];
    const asText = await run(["logs", "serial"], { client: engine.client() });
    expect(asText.stdout).toBe("ok\tdone\nbell \\u0007\n");
    const asJson = await run(["logs", "serial", "--json"], { client: engine.client() });
    expect(
      asJson.stdout
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual(engine.logLines.map((line) => ({ source: "serial", line })));
  });
});

test("colours are for terminals, and NO_COLOR turns them off", async () => {
  const client = new FakeEngine().client();
  expect((await run(["status"], { client })).stdout).not.toContain("\u001b[");
  expect((await run(["status"], { client, terminal: true })).stdout).toContain("\u001b[32mrunning");
  const plain = await run(["status"], { client, terminal: true, environment: { NO_COLOR: "1" } });
  expect(plain.stdout).not.toContain("\u001b[");
});

test("a reader who leaves ends a stream quietly", async () => {
  const engine = new FakeEngine();
  engine.logLines = Array.from({ length: 5000 }, (_, index) => `line ${index}`);
  const result = await run(["logs", "--tail", "5000"], { client: engine.client(), readerLeavesAfter: 100 });
  expect(result).toMatchObject({ code: 0, stderr: "" });
});

test("an engine that cannot be reached is told with a remedy", async () => {
  const connectError = Object.assign(new Error("The engine ended while it started."), {
    data: { code: "engine_not_started", hint: "Look at its log." },
  });
  const result = await run(["status"], { connectError });
  expect(result).toMatchObject({ code: 1, stdout: "" });
  expect(result.stderr).toBe("berth: The engine ended while it started.\n  Look at its log.\n");
  const doctor = await run(["doctor", "--json"], { connectError });
  expect(doctor.code).toBe(1);
  expect(document(doctor)).toMatchObject({ checks: [{ id: "engine", ok: false, fix: "Look at its log." }] });
});
