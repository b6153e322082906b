import { readFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import type { Berth } from "../support/berth.ts";
import { holdPort, freePort, servedPage } from "../support/network.ts";
import { runProgram, waitFor } from "../support/program.ts";

const schemaFile = path.resolve(import.meta.dirname, "../../../../resources/schemas/status.schema.json");

/** The keys that scripts rely on. */
const documented = {
  state: "",
  since: "",
  lastStart: "",
  phases: "",
  engine: ["pid", "version"],
  vm: ["accelerator", "cpus", "memoryMiB", "diskGiB", "pid"],
  docker: ["socket", "version"],
  disk: ["guestUsedBytes", "hostUsedBytes"],
  problems: "",
};

/** The commands against a running VM. */
export function commandScenarios(berth: () => Berth): void {
  describe("commands", () => {
    test("status --json is what the published schema and the documentation say", async () => {
      const status = z.record(z.string(), z.unknown()).parse(await berth().json(["status"]));
      const schema = z.fromJSONSchema(
        JSON.parse(await readFile(schemaFile, "utf8")) as Record<string, unknown>,
      );
      expect(schema.safeParse(status).error?.issues ?? []).toEqual([]);
      for (const [key, inner] of Object.entries(documented)) {
        expect(status).toHaveProperty(key);
        for (const name of inner) expect(status[key]).toHaveProperty(name);
      }
      expect(status).toMatchObject({ state: "running", docker: { socket: berth().dockerSocket } });
      expect(
        z
          .array(z.object({ name: z.string(), ms: z.number() }))
          .min(2)
          .safeParse(status["phases"]).success,
      ).toBe(true);
    });

    test("start and unpause of a running VM are done at once", async () => {
      const { vm } = await berth().status();
      expect(await berth().json(["start"])).toMatchObject({ state: "running", vm: { pid: vm.pid } });
      await berth().done(["unpause"]);
    });

    test("docker-env points a shell to the socket", async () => {
      const { stdout } = await berth().done(["docker-env", "--shell", "sh"]);
      const { environment } = berth().dockerCommand();
      const script = `${stdout}\necho "$DOCKER_HOST"`;
      const shell = await runProgram("sh", ["-c", script], {
        environment: { ...environment, DOCKER_HOST: "" },
      });
      expect(shell.stdout).toBe(`unix://${berth().dockerSocket}\n`);
    });

    test("ssh runs a command in the VM: arguments untouched, input, output, errors and exit code passed", async () => {
      const odd = "a b'c\"d$(id)\\e;*";
      const script = 'cat; printf %s "$1"; printf problem >&2; exit 9';
      const finished = await berth().run(["ssh", "--", "sh", "-c", script, "sh", odd], { stdin: "input " });
      expect(finished).toEqual({ code: 9, stdout: `input ${odd}`, stderr: "problem" });
    });

    test.runIf(process.platform === "linux")(
      "ssh under a terminal opens a login shell of its size",
      async () => {
        const line = `stty cols 99 rows 31; ${berth().commandLine(["ssh"])}`;
        const finished = await runProgram("script", ["-qec", line, "/dev/null"], {
          environment: berth().environment,
          stdin: "stty size; exit 4\n",
        });
        expect(finished.stdout).toContain("31 99");
        expect(finished.code).toBe(4);
      },
    );

    test("logs of every part can be read and followed", async () => {
      for (const source of ["serial", "dockerd", "engine", "qemu"]) {
        const { stdout } = await berth().done(["logs", source, "--tail", "5"]);
        expect(stdout.split("\n").length).toBeLessThanOrEqual(6);
        if (source === "dockerd" || source === "engine") expect(stdout).not.toBe("");
      }
      await using following = berth().open(["logs", "engine", "--follow", "--tail", "0", "--json"]);
      const first = await waitFor("a new line in the engine's log", async () => {
        await berth().done(["pause"]);
        await berth().done(["unpause"]);
        return following.stdout().split("\n")[0];
      });
      expect(JSON.parse(first)).toMatchObject({ source: "engine" });
    });

    test("a port that another program holds is told with its reason; other ports are not touched by that", async () => {
      await using holder = await holdPort();
      const free = await freePort();
      const ports = ["-p", `${holder.port}:80`, "-p", `${free}:80`];
      await berth().docker(["run", "-d", "--name", "clash", ...ports, "berth/welcome"]);
      expect(await servedPage(free)).toContain("<html");
      const forwards = z
        .array(z.object({ hostPort: z.int(), state: z.string(), problem: z.string().nullable() }))
        .parse(await berth().json(["ports"]));
      const failed = forwards.find(({ hostPort }) => hostPort === holder.port);
      expect(failed).toMatchObject({
        state: "failed",
        problem: expect.stringMatching(/in use|taken/) as string,
      });
      expect(forwards.find(({ hostPort }) => hostPort === free)).toMatchObject({
        state: "listening",
        problem: null,
      });
      await berth().docker(["rm", "-f", "clash"]);
    });

    test("serve prints an address whose token lets one browser in, until Ctrl-C", async () => {
      await using serving = berth().open(["serve"]);
      const address = await waitFor(
        "the address",
        () => /^http:\/\/127\.0\.0\.1:\d+\S*$/m.exec(serving.stdout())?.[0],
      );
      const exchanged = await fetch(address, { redirect: "manual" });
      const cookie = exchanged.headers
        .getSetCookie()
        .map((line) => line.split(";")[0])
        .join("; ");
      const page = new URL(exchanged.headers.get("location") ?? "/", address);
      const shown = await fetch(page, { headers: { cookie } });
      expect(shown.status).toBe(200);
      expect(await shown.text()).toContain("<html");
      expect((await fetch(address)).status).toBe(401);
      expect(await serving.end("SIGINT")).toBe(0);
      await expect(fetch(address)).rejects.toThrow();
    });

    test("doctor finds nothing wrong, but for a safe place for passwords where there is none", async () => {
      const { checks } = z
        .object({
          checks: z.array(z.object({ id: z.string(), ok: z.boolean(), problem: z.string().nullable() })),
        })
        .parse(JSON.parse((await berth().run(["doctor", "--json"])).stdout));
      expect(checks.length).toBeGreaterThan(2);
      expect(checks.filter(({ id, ok }) => !ok && id !== "credential-helper")).toEqual([]);
    });
  });
}
