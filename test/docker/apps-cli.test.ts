import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../e2e/support/free-port.ts";
import { type LocalEngine, localEngineProblem, startLocalEngine } from "../support/local-engine/index.ts";
import { document, run } from "../unit/cli/harness.ts";

const problem = localEngineProblem();

describe.skipIf(problem !== null)(`berth app${problem === null ? "" : ` (skipped: ${problem})`}`, () => {
  let engine: LocalEngine;
  let root: string;

  beforeAll(async () => {
    engine = await startLocalEngine();
    root = await mkdtemp(path.join(os.tmpdir(), "berth-apps-"));
  });
  afterAll(async () => {
    await engine.stop();
    await rm(root, { recursive: true, force: true });
  });

  const berth = (...words: string[]) => run(["app", ...words], { client: engine.client });

  it("ups, lists, opens, logs, scales and downs a folder", async () => {
    const port = await freePort();
    const dir = path.join(root, "cli-shop");
    await mkdir(dir);
    const services = [
      "  web:",
      "    image: berth/welcome",
      "    command: sh -c 'echo hello from $${WHO}; exec httpd -f -p 80'",
      "    environment: { WHO: '${WHO}' }",
      "    ports: ['${PORT}:80']",
      "    stop_grace_period: 0s",
      "  job: { image: berth/welcome, command: 'sh -c \"echo job; exec sleep 1000\"', stop_grace_period: 0s }",
    ];
    await writeFile(path.join(dir, "compose.yaml"), ["services:", ...services].join("\n"));

    const up = await berth("up", dir, "--set", `PORT=${port}`, "WHO=you", "--json");
    expect(up).toMatchObject({ code: 0 });
    expect(up.stderr).toMatch(/web: (started|done)/);
    expect(document(up)).toMatchObject({ name: "cli-shop", kind: "project", state: "running" });

    expect((await berth("list")).stdout).toMatch(new RegExp(`cli-shop +running +2 of 2 .* ${port} +${dir}`));
    const opened = document(await berth("open", "cli-shop", "--json"));
    expect(opened).toEqual({ url: `http://localhost:${port}/`, service: "web" });
    const logs = await berth("logs", "cli-shop");
    expect(logs.stdout).toMatch(/^web +hello from you$/m);
    expect(logs.stdout).toMatch(/^job +job$/m);
    expect((await berth("logs", "cli-shop", "job")).stdout).not.toContain("hello");

    expect(await berth("scale", "cli-shop", "job=2")).toMatchObject({
      code: 0,
      stdout: "job runs in 2 containers.\n",
    });
    const taken = await berth("scale", "cli-shop", "web=2");
    expect(taken.code).toBe(1);
    expect(taken.stderr).toContain(`publishes port ${port}`);
    expect(await berth("stop", "cli-shop", "job")).toMatchObject({ code: 0 });
    expect(await berth("start", "cli-shop", "job")).toMatchObject({ code: 0 });

    const kept = await run(["app", "down", "cli-shop", "--volumes"], { client: engine.client, stdin: "n\n" });
    expect(kept.code).not.toBe(0);
    expect(await berth("down", "cli-shop", "--forget")).toMatchObject({ code: 0 });
    expect(document(await berth("list", "--json"))).toEqual([]);
  });

  it("says what is wrong, with the place, and exits with 1", async () => {
    const dir = path.join(root, "cli-bad");
    await mkdir(dir);
    const nothing = await berth("up", dir);
    expect(nothing).toMatchObject({ code: 1 });
    expect(nothing.stderr).toContain("neither a Compose file nor a Dockerfile");
    await writeFile(path.join(dir, "compose.yaml"), "services:\n  web:\n    ports: 3\n");
    const bad = await berth("up", dir);
    expect(bad.code).toBe(1);
    expect(bad.stderr).toMatch(/compose\.yaml, line 3, column 5/);
    expect((await berth("down", "nowhere")).stderr).toContain('There is no app "nowhere"');
  });
});
