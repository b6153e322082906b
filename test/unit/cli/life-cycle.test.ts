import { describe, expect, test } from "vitest";
import { statusSchema } from "../../../engine/contract/index.ts";
import { FakeEngine, runningStatus } from "./fake-engine.ts";
import { document, run } from "./harness.ts";

describe("start", () => {
  test("shows the phases line by line on standard error and ends with the state", async () => {
    const engine = new FakeEngine();
    engine.status = runningStatus({ state: "stopped", phases: [{ name: "of an earlier start", ms: 1 }] });
    engine.upcoming = [
      runningStatus({ ...engine.status, state: "starting", currentPhase: "kernel" }),
      runningStatus({ state: "starting", phases: [{ name: "kernel", ms: 2500 }], currentPhase: "docker" }),
    ];
    const result = await run(["start"], { client: engine.client() });
    expect(result.code).toBe(0);
    expect(engine.calls).toEqual(["start"]);
    expect(result.stderr).toContain("Starting the VM");
    expect(result.stderr).toMatch(/2\.5 s {2}kernel\n/);
    expect(result.stderr).not.toContain("of an earlier start");
    expect(result.stdout).toContain("Docker answers at /home/me/.berth/docker.sock");
  });

  test("with --json standard output holds the status document alone", async () => {
    const engine = new FakeEngine();
    engine.status = runningStatus({ state: "stopped" });
    const result = await run(["start", "--cold", "--json"], { client: engine.client() });
    expect(engine.calls).toEqual(["start cold"]);
    expect(statusSchema.parse(document(result)).state).toBe("running");
  });

  test("a running VM is fine", async () => {
    const result = await run(["start"], { client: new FakeEngine().client() });
    expect(result).toMatchObject({ code: 0, stdout: "The VM is running already.\n" });
  });

  test("Ctrl-C ends the waiting and says that the VM goes on", async () => {
    const engine = new FakeEngine();
    engine.stuck = true;
    const result = await run(["start"], {
      client: engine.client(),
      onWaiting: (interrupt) => {
        setImmediate(interrupt);
      },
    });
    expect(result).toMatchObject({ code: 130, stdout: "" });
    expect(result.stderr).toContain("goes on in the background");
  });

  test("a failure is told with its remedy, and as one document with --json", async () => {
    const engine = new FakeEngine();
    const failure = { code: "qemu_missing", message: "QEMU was not found.", hint: "Install QEMU 10." };
    engine.failure = failure;
    engine.status = runningStatus({ state: "stopped" });
    const asText = await run(["start"], { client: engine.client() });
    expect(asText).toMatchObject({ code: 1, stdout: "" });
    expect(asText.stderr).toContain("berth: QEMU was not found.\n  Install QEMU 10.\n");
    const asJson = await run(["start", "--json"], { client: engine.client() });
    expect(asJson.code).toBe(1);
    expect(document(asJson)).toEqual({ error: failure });
  });
});

test.each(["stop", "restart", "suspend", "resume", "pause", "unpause"])("%s", async (name) => {
  const engine = new FakeEngine();
  const asText = await run([name], { client: engine.client() });
  expect(asText.code).toBe(0);
  expect(asText.stdout).toMatch(/^The VM is .*\n$/);
  const asJson = await run([name, "--json"], { client: engine.client() });
  expect(statusSchema.safeParse(document(asJson)).success).toBe(true);
  expect(engine.calls).toEqual([name, name]);
});

describe("delete", () => {
  test("without a terminal and without --yes it refuses, naming what would be lost", async () => {
    const engine = new FakeEngine();
    const result = await run(["delete"], { client: engine.client() });
    expect(result.code).toBe(2);
    expect(result.stderr).toContain("0 containers, 0 images and 1 volume (900 MiB on this computer)");
    expect(engine.calls).toEqual([]);
  });

  test("asks on a terminal and takes no for an answer", async () => {
    const engine = new FakeEngine();
    const result = await run(["delete"], { client: engine.client(), typed: "\n" });
    expect(result.code).toBe(1);
    expect(result.stderr).toContain("Nothing was deleted.");
    expect(engine.calls).toEqual([]);
  });

  test("deletes after yes, typed or as an option", async () => {
    const engine = new FakeEngine();
    expect((await run(["delete"], { client: engine.client(), typed: "y\n" })).code).toBe(0);
    engine.status = runningStatus();
    const kept = await run(["delete", "--yes", "--keep-data", "--json"], { client: engine.client() });
    expect(document(kept)).toMatchObject({ state: "absent" });
    expect(engine.calls).toEqual(["delete", "quit keep", "delete keeping data", "quit keep"]);
  });
});

test("quit does what the setting says; a question that nobody hears means suspend", async () => {
  const engine = new FakeEngine();
  await run(["quit"], { client: engine.client() });
  engine.settings["app.quit"] = "stop";
  await run(["quit"], { client: engine.client() });
  await run(["quit", "--vm", "keep"], { client: engine.client() });
  expect(engine.calls).toEqual(["quit suspend", "quit stop", "quit keep"]);
});
