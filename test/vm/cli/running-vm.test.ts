import { afterAll, beforeAll, expect, test } from "vitest";
import { careScenarios } from "./scenarios/care.ts";
import { commandScenarios } from "./scenarios/commands.ts";
import { crashScenarios } from "./scenarios/crash.ts";
import { deleteScenarios } from "./scenarios/delete.ts";
import { dockerClientScenarios } from "./scenarios/docker-client.ts";
import { suspendScenarios } from "./scenarios/suspend.ts";
import { wakeScenarios } from "./scenarios/wake.ts";
import { Berth } from "./support/berth.ts";

// One VM for all: a boot takes half a minute under plain emulation.
let berth: Berth;

beforeAll(async () => {
  berth = await Berth.create();
});
afterAll(async () => {
  await berth[Symbol.asyncDispose]();
});

test("start brings a VM up from nothing, telling its phases", async () => {
  expect(await berth.status()).toMatchObject({ state: "absent", vm: { pid: null } });
  const started = await berth.done(["start", "--json"], { timeoutMs: 240_000 });
  expect(JSON.parse(started.stdout)).toMatchObject({ state: "running", lastStart: "cold" });
  await berth.docker(["run", "--rm", "berth/welcome", "true"]);
  expect(started.stderr).toMatch(/Starting the VM\n( +[\d.]+ s {2}\S.*\n){2,}/);
});

commandScenarios(() => berth);
dockerClientScenarios(() => berth);
suspendScenarios(() => berth);
wakeScenarios(() => berth);
careScenarios(() => berth);
crashScenarios(() => berth);
deleteScenarios(() => berth);
