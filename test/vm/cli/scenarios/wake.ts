import { readFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { connectEngine } from "../../../../engine/contract/connect.ts";
import type { PowerEvent } from "../../../../engine/contract/index.ts";
import type { Berth } from "../support/berth.ts";
import { Counter } from "../support/counter.ts";
import { freePort, servedPage } from "../support/network.ts";
import { waitFor } from "../support/program.ts";

const page = (port: number) => fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(120_000) });

/** A VM that sleeps and is wanted, and one that is not wanted and goes to sleep. */
export function wakeScenarios(berth: () => Berth): void {
  const log = async () => (await readFile(path.join(berth().home, "logs", "engine.log"), "utf8")).split("\n");
  const resumes = async () => (await log()).filter((line) => /"to":\s*"resuming"/.test(line)).length;
  const tell = async (event: PowerEvent) => {
    const program = { command: "false", args: [] };
    const connection = await connectEngine({ home: berth().home, version: "0.0.0", program, start: false });
    await connection.client.power.event({ event }).finally(() => {
      connection.close();
    });
  };

  describe("wake on demand", () => {
    test("a Docker command and a visitor of a published port wake a suspended VM", async () => {
      const port = await freePort();
      await berth().docker(["run", "-d", "--name", "woken-page", "-p", `${port}:80`, "berth/welcome"]);
      await servedPage(port);
      await berth().done(["suspend"]);
      expect(await berth().docker(["ps", "--format", "{{.Names}}"])).toBe("woken-page\n");
      await berth().done(["suspend"]);
      expect(await (await page(port)).text()).toContain("<html");
      expect((await berth().status()).state).toBe("running");
    });

    test("twenty who come at once are all served, by a single resume", async () => {
      const [forward] = (await berth().json(["ports"])) as { hostPort: number }[];
      const port = forward?.hostPort ?? 0;
      await berth().done(["suspend"]);
      const before = await resumes();
      const visitors = Array.from({ length: 20 }, (_, index) =>
        index % 2 === 0
          ? berth().docker(["ps", "--format", "{{.Names}}"])
          : page(port).then((response) => response.text()),
      );
      const answers = await Promise.all(visitors);
      expect(answers.every((answer) => answer === "woken-page\n" || answer.includes("<html"))).toBe(true);
      expect((await resumes()) - before).toBe(1);
      await berth().docker(["rm", "-f", "woken-page"]);
    });

    test("a stopped VM says so at once, and starts too where the setting says so", async () => {
      await berth().done(["stop"]);
      await expect(berth().docker(["ps"])).rejects.toThrow("berth start");
      await berth().done(["config", "set", "vm.wakeWhenStopped=true"]);
      await berth().docker(["ps"], { timeoutMs: 240_000 });
      expect((await berth().status()).state).toBe("running");
      await berth().done(["config", "set", "vm.wakeWhenStopped=false"]);
    });
  });

  describe("an idle VM", () => {
    test("is suspended when nobody is there, but never while somebody is attached", async () => {
      await berth().done(["config", "set", "power.onLock=suspend", "idle.withContainers=true"]);
      await using attached = berth().openDocker([
        "run",
        "--rm",
        "--name",
        "held",
        "berth/welcome",
        "sleep",
        "600",
      ]);
      await waitFor("the container", async () => (await berth().docker(["ps", "-q"])) !== "");
      await tell("lock");
      await waitFor("word of what keeps it awake", async () =>
        (await log()).some((line) => line.includes("Did not suspend the VM: somebody is attached")),
      );
      expect((await berth().status()).state).toBe("running");
      expect((await berth().done(["status"])).stdout).toContain("It stays awake: somebody is attached");

      await attached.end("SIGKILL");
      await waitFor(
        "the VM to be suspended",
        async () => (await berth().status()).state === "suspended",
        // Emulated on a busy computer, containers that only wait look busy for a while.
        150_000,
      );
      expect((await log()).some((line) => line.includes("Suspending the VM: the screen is locked"))).toBe(
        true,
      );
      await tell("unlock");
      await berth().docker(["rm", "-f", "held"]);
      await berth().done(["config", "set", "power.onLock=nothing", "idle.withContainers=false"]);
    });

    test("a sleep of the computer pauses it, the wake lets it go on, with the right time", async () => {
      const counter = await Counter.start(berth(), "asleep");
      await tell("sleep");
      expect((await berth().status()).state).toBe("paused");
      await tell("wake");
      expect((await berth().status()).state).toBe("running");
      await counter.moved(await counter.numbers());
      await counter.remove();
    });
  });
}
