import { truncate } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { counted, countsBeyond, ping, startCounter } from "./support/containers.ts";
import { useOwnMachine } from "./support/machine.ts";

const former = process.env["BERTH_SUSPEND"];

/** What hosts do whose QEMU cannot write a machine to a file (Windows): the guest's kernel does it. */
describe("a VM that hibernates", () => {
  beforeAll(() => {
    process.env["BERTH_SUSPEND"] = "hibernate";
  });
  afterAll(() => {
    if (former === undefined) delete process.env["BERTH_SUSPEND"];
    else process.env["BERTH_SUSPEND"] = former;
  });
  const under = useOwnMachine();

  it("goes on with the very same containers and the right time", async () => {
    expect(under.machine.snapshot().suspendMethod).toBe("hibernate");
    const container = await startCounter(under.docker);
    await countsBeyond(container, 0);
    const { StartedAt: startedAt } = (await container.inspect()).State;
    await under.machine.suspend();
    const suspended = under.machine.snapshot();
    expect(suspended).toMatchObject({ state: "suspended", pid: null });
    expect(suspended.suspendedBytes).toBeGreaterThan(1e6);

    await under.reopen();
    expect(await ping(under.docker)).toBe("OK");
    expect(under.machine.snapshot()).toMatchObject({ state: "running", lastStart: "resumed", problems: [] });
    const numbers = await countsBeyond(container, (await counted(container)).at(-1) ?? 0);
    expect(numbers).toEqual(numbers.map((_, index) => index));
    expect((await container.inspect()).State.StartedAt).toBe(startedAt);
    const guest = Number((await under.machine.tunnel.exec(["date", "+%s"])).stdout);
    expect(Math.abs(guest - Date.now() / 1000)).toBeLessThan(3);
  });

  it("boots, and says so, when its image is damaged", async () => {
    await under.machine.suspend();
    await truncate(under.paths.suspendState, 300_000);
    await under.machine.start();
    expect(under.machine.snapshot()).toMatchObject({
      state: "running",
      lastStart: "cold",
      problems: expect.arrayContaining([expect.objectContaining({ id: "saved_state_not_used" })]) as unknown,
    });
  });
});
