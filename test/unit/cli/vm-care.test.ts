import { describe, expect, test } from "vitest";
import { FakeEngine, runningStatus, vmSnapshot } from "./fake-engine.ts";
import { document, run } from "./harness.ts";

function withSnapshot(): FakeEngine {
  const engine = new FakeEngine();
  engine.vmSnapshots = { snapshots: [vmSnapshot()], pendingRestore: null };
  return engine;
}

describe("disk", () => {
  test("usage tells what the VM holds and what it takes", async () => {
    const engine = new FakeEngine();
    const { stdout } = await run(["disk", "usage"], { client: engine.client() });
    expect(stdout).toMatch(/In the VM +1\.2 GiB of 64 GiB\nOn this computer +900 MiB\n$/);
    expect(document(await run(["disk", "usage", "--json"], { client: engine.client() }))).toMatchObject({
      hostUsedBytes: 943_718_400,
      diskGiB: 64,
    });
  });

  test("reclaim tells what came back", async () => {
    const engine = new FakeEngine();
    const { stdout } = await run(["disk", "reclaim"], { client: engine.client() });
    expect(stdout).toMatch(/^Given back +3\.0 MiB of disk\n/);
    expect(engine.calls).toEqual(["reclaim"]);
  });

  test("grow takes whole GiB alone", async () => {
    const engine = new FakeEngine();
    expect((await run(["disk", "grow", "128"], { client: engine.client() })).stdout).toContain("128 GiB now");
    for (const size of ["0", "3", "1e3", "12.5", "lots", "9999"]) {
      expect((await run(["disk", "grow", size], { client: engine.client() })).code).toBe(2);
    }
    expect(engine.calls).toEqual(["grow 128"]);
  });
});

describe("snapshot", () => {
  test("create keeps the running VM, or the disk alone, under a sensible name", async () => {
    const engine = new FakeEngine();
    await run(["snapshot", "create", "a.b-1"], { client: engine.client() });
    await run(["snapshot", "create", "disk", "--without-state"], { client: engine.client() });
    for (const name of ["-x", "a b", "../x", "a".repeat(65)]) {
      expect((await run(["snapshot", "create", "--", name], { client: engine.client() })).code).toBe(2);
    }
    expect(engine.calls).toEqual(["snapshot a.b-1 with state", "snapshot disk disk"]);
  });

  test("list shows age, content and space", async () => {
    const { stdout } = await run(["snapshot", "list"], { client: withSnapshot().client() });
    expect(stdout).toMatch(/before-upgrade +\d+ days ago +disk and running VM +512 MiB/);
  });

  test("restore says what it does and refuses without an answer", async () => {
    const engine = withSnapshot();
    const refused = await run(["snapshot", "restore", "before-upgrade"], { client: engine.client() });
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("go back to what they were");
    expect(refused.stderr).toContain("kept until you decide");
    expect(engine.calls).toEqual([]);
    const done = await run(["snapshot", "restore", "before-upgrade"], {
      client: engine.client(),
      typed: "y\n",
    });
    expect(done.stdout).toContain("berth snapshot undo");
    expect(engine.calls).toEqual(["restore before-upgrade"]);
  });

  test("delete, undo and keep name what is lost", async () => {
    const engine = withSnapshot();
    const asked = await run(["snapshot", "delete", "before-upgrade"], {
      client: engine.client(),
      typed: "n\n",
    });
    expect(asked).toMatchObject({ code: 1 });
    expect(asked.stderr).toContain('"before-upgrade" will be lost for good (512 MiB)');
    expect((await run(["snapshot", "undo", "--yes"], { client: engine.client() })).code).toBe(2);
    const at = "2026-01-05T11:00:00.000Z";
    engine.vmSnapshots.pendingRestore = { snapshot: "before-upgrade", replaced: "r", at };
    const undone = await run(["snapshot", "undo", "--yes"], { client: engine.client() });
    expect(undone.stderr).toContain('since "before-upgrade" was restored is lost');
    await run(["snapshot", "keep", "--yes"], { client: engine.client() });
    await run(["snapshot", "delete", "before-upgrade", "--yes"], { client: engine.client() });
    expect(engine.calls).toEqual(["undo restore", "confirm restore", "delete snapshot before-upgrade"]);
  });

  test("one that does not exist is wrong usage", async () => {
    for (const verb of ["restore", "delete"]) {
      expect((await run(["snapshot", verb, "gone", "--yes"], { client: withSnapshot().client() })).code).toBe(
        2,
      );
    }
  });
});

describe("suspend", () => {
  test("shows how much is written", async () => {
    const engine = new FakeEngine();
    const progress = { doneBytes: 100 << 20, totalBytes: 400 << 20 };
    engine.upcoming = [runningStatus({ state: "suspending", progress })];
    const { stderr } = await run(["suspend"], { client: engine.client(), terminal: true });
    expect(stderr).toContain("Saving the VM to disk");
  });

  test("Ctrl-C calls it off, and the VM runs on", async () => {
    const engine = new FakeEngine();
    engine.stuck = true;
    const result = await run(["suspend"], {
      client: engine.client(),
      onWaiting: (interrupt) => {
        setImmediate(interrupt);
      },
    });
    expect(result.code).toBe(130);
    expect(result.stderr).toContain("The suspend was called off; the VM runs on.");
    expect(engine.calls).toEqual(["suspend", "cancel"]);
  });
});

test("factory-reset names the loss, deletes the VM and forgets the settings", async () => {
  const engine = withSnapshot();
  const refused = await run(["factory-reset"], { client: engine.client() });
  expect(refused.code).toBe(2);
  expect(refused.stderr).toMatch(/together with 1 VM snapshot .*All settings go back to their defaults/);
  expect((await run(["factory-reset", "--yes"], { client: engine.client() })).code).toBe(0);
  expect(engine.calls).toEqual(["delete", "reset settings", "quit keep"]);
});

test("status tells why the VM stays awake", async () => {
  const { stdout } = await run(["status"], { client: new FakeEngine().client() });
  expect(stdout).toMatch(/^Idle +It stays awake: a build runs\.$/m);
});
