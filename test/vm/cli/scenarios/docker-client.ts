import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { shellWord } from "../support/berth.ts";
import type { Berth } from "../support/berth.ts";
import { freePort, portGone, servedPage } from "../support/network.ts";
import { runProgram, waitFor } from "../support/program.ts";

/** What a Docker client of the host does through the home's socket. */
export function dockerClientScenarios(berth: () => Berth): void {
  describe("a Docker client through the socket of the home", () => {
    let folder: string;
    beforeAll(async () => {
      folder = await mkdtemp(path.join(os.tmpdir(), "berth-client-"));
    });
    afterAll(async () => {
      await rm(folder, { recursive: true, force: true });
    });

    test("passes attached standard input, output and exit codes", async () => {
      const echoed = await berth().docker(["run", "-i", "--rm", "berth/welcome", "cat"], { stdin: "hi\n" });
      expect(echoed).toBe("hi\n");
      const { command, environment } = berth().dockerCommand();
      const failed = await runProgram(command, ["run", "--rm", "berth/welcome", "sh", "-c", "exit 7"], {
        environment,
      });
      expect(failed.code).toBe(7);
    });

    test("builds an image", async () => {
      await writeFile(
        path.join(folder, "Dockerfile"),
        "FROM berth/welcome\nCOPY note /note\nRUN echo more >>/note\n",
      );
      await writeFile(path.join(folder, "note"), "some\n");
      await berth().docker(["build", "-t", "acceptance/built", folder]);
      expect(await berth().docker(["run", "--rm", "acceptance/built", "cat", "/note"])).toBe("some\nmore\n");
      await berth().docker(["rmi", "acceptance/built"]);
    });

    test("brings a Compose project up and down", async () => {
      const port = await freePort();
      const file = path.join(folder, "compose.yaml");
      const project = { services: { web: { image: "berth/welcome", ports: [`${port}:80`] } } };
      await writeFile(file, JSON.stringify({ name: "acceptance", ...project }));
      await berth().docker(["compose", "-f", file, "up", "-d"]);
      expect(await servedPage(port)).toContain("<html");
      await berth().docker(["compose", "-f", file, "down", "-t", "1"]);
      await portGone(port);
    });

    test.runIf(process.platform === "linux")("executes with a terminal", async () => {
      await berth().docker(["run", "-d", "--name", "terminal", "berth/welcome"]);
      const { command, environment } = berth().dockerCommand();
      const words = [command, "exec", "-it", "terminal", "sh", "-c", "test -t 0 && stty size && exit 5"];
      const line = `stty cols 91 rows 33; ${words.map(shellWord).join(" ")}`;
      const finished = await runProgram("script", ["-qec", line, "/dev/null"], {
        environment,
      });
      expect(finished.stdout).toContain("33 91");
      expect(finished.code).toBe(5);
      await berth().docker(["rm", "-f", "terminal"]);
    });

    test("copies files both ways", async () => {
      const there = path.join(folder, "there");
      const back = path.join(folder, "back");
      await writeFile(there, randomBytes(1024 * 1024));
      await berth().docker(["create", "--name", "copies", "berth/welcome"]);
      await berth().docker(["cp", there, "copies:/copied"]);
      await berth().docker(["cp", "copies:/copied", back]);
      expect((await readFile(back)).equals(await readFile(there))).toBe(true);
      await berth().docker(["rm", "copies"]);
    });

    test("hears events as they happen", async () => {
      await using events = berth().openDocker([
        "events",
        "--filter",
        "type=container",
        "--format",
        "{{.Action}} {{.Actor.Attributes.name}}",
      ]);
      await waitFor("an event", async () => {
        await berth().docker(["run", "--rm", "--name", "heard", "berth/welcome", "true"]);
        return events.stdout().includes("die heard");
      });
      expect(events.stdout()).toContain("create heard");
    });

    test("saves and loads an image of 100 MB", async () => {
      const archive = path.join(folder, "random.tar");
      const dockerfile = "FROM berth/welcome\nRUN dd if=/dev/urandom of=/random bs=1M count=100\n";
      await berth().docker(["build", "-t", "acceptance/random", "-"], { stdin: dockerfile });
      const identity = ["image", "inspect", "-f", "{{.Id}} {{.RootFS.Layers}}", "acceptance/random"];
      const before = await berth().docker(identity);
      await berth().docker(["save", "-o", archive, "acceptance/random"]);
      await berth().docker(["rmi", "acceptance/random"]);
      await berth().docker(["load"], { stdin: await readFile(archive) });
      expect(await berth().docker(identity)).toBe(before);
      await berth().docker(["rmi", "acceptance/random"]);
    });

    test("finds a published port on this computer, gone with the container", async () => {
      const port = await freePort();
      await berth().docker(["run", "-d", "--name", "published", "-p", `${port}:80`, "berth/welcome"]);
      expect(await servedPage(port)).toContain("<html");
      expect(await berth().json(["ports"])).toMatchObject([
        { host: "127.0.0.1", hostPort: port, protocol: "tcp", container: "published", state: "listening" },
      ]);
      await berth().docker(["rm", "-f", "published"]);
      await portGone(port);
      expect(await berth().json(["ports"])).toEqual([]);
    });
  });
}
