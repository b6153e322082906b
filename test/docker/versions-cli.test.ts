import { mkdtemp, rm, stat } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  buildTinyImage,
  localEngineProblem,
  type LocalEngine,
  startLocalEngine,
} from "../support/local-engine/index.ts";
import { document, run } from "../unit/cli/harness.ts";

const problem = localEngineProblem();

describe.skipIf(problem !== null)(
  `berth container${problem === null ? "" : ` (skipped: ${problem})`}`,
  () => {
    let engine: LocalEngine;
    let folder: string;

    beforeAll(async () => {
      engine = await startLocalEngine();
      folder = await mkdtemp(path.join(os.tmpdir(), "berth-versions-"));
      await buildTinyImage(engine.docker, "box:1", { "/file": "original" }, [
        'ENTRYPOINT ["sleep", "10000"]',
        "STOPSIGNAL SIGKILL",
      ]);
      await engine.client.containers.run({ image: "box:1", name: "box" });
    });
    afterAll(async () => {
      await engine.stop();
      await rm(folder, { recursive: true, force: true });
    });

    const berth = (...words: string[]) => run(["container", ...words], { client: engine.client });
    const content = async (name: string) =>
      (await engine.exec(["docker", "exec", name, "cat", "/file"])).stdout.trim();
    const write = (text: string) => engine.exec(["docker", "exec", "box", "sh", "-c", `echo ${text} >/file`]);

    it("snapshots, lists, reverts, forks, promotes and removes", async () => {
      await write("one");
      const first = await berth("snapshot", "box", "--note", "a\u001b[31mred");
      expect(first).toMatchObject({ code: 0 });
      expect(first.stdout).toMatch(/^Version 1 of box is kept .*berth container revert box 1\n$/);
      await write("two");
      expect(document(await berth("snapshot", "box", "--json"))).toMatchObject({ number: 2, note: "" });
      const listed = await berth("versions", "box");
      expect(listed.stdout).toMatch(/VERSION +AGE +SIZE +FILES +NOTE\n1 .*\+0 ~1 -0 +a\\u001b\[31mred\n2 /);
      expect(listed.stdout).not.toContain("\u001b");
      expect((await berth("changes", "box", "1")).stdout).toBe("~ /file\n");

      await write("three");
      expect(await berth("revert", "box", "1")).toMatchObject({
        code: 0,
        stdout: "box is back at version 1.\n",
      });
      expect(await content("box")).toBe("one");
      const tree = document(await berth("versions", "box", "--json"));
      expect(tree).toMatchObject({
        versions: [
          { number: 1, current: true },
          { number: 2 },
          { number: 3, note: "Before going back to version 1" },
        ],
      });

      const forked = await berth("fork", "box", "twin", "--from", "3");
      expect(forked).toMatchObject({ code: 0, stdout: "twin runs beside box.\n" });
      expect(await content("twin")).toBe("three");
      expect(await berth("promote", "box", "2", "mine/box:2")).toMatchObject({ code: 0 });
      await engine.client.containers.run({ image: "mine/box:2", name: "promoted" });
      expect(await content("promoted")).toBe("two");

      const asked = await berth("remove-version", "box", "2");
      expect(asked.code).toBe(2);
      const used = await berth("remove-version", "box", "1", "--yes");
      expect(used).toMatchObject({ code: 1 });
      expect(used.stderr).toContain("Version 1 of box cannot be removed: box runs from it.");
    });

    it("says what is wrong with what it was given", async () => {
      const cases: [string[], number, RegExp][] = [
        [["revert", "box", "9"], 1, /box has no version 9\.\n.*It has: 1, 2, 3\./],
        [["revert", "box", "latest"], 2, /"latest" is no version/],
        [["snapshot", "nobody"], 1, /No such container: nobody/],
        [["fork", "box", "twin"], 1, /A container named "twin" exists already\./],
        [["import", path.join(folder, "nowhere")], 1, /does not exist/],
      ];
      for (const [words, code, said] of cases) {
        const result = await berth(...words);
        expect(result.code).toBe(code);
        expect(result.stderr).toMatch(said);
      }
    });

    it("exports and imports", async () => {
      const file = path.join(folder, "box.tar.zst");
      const exported = await berth("export", "box", file, "--json");
      expect(document(exported)).toEqual({ path: file, sizeBytes: (await stat(file)).size });
      expect(await berth("export", "box", file)).toMatchObject({ code: 1 });
      expect(await berth("export", "box", file, "--force")).toMatchObject({ code: 0 });
      const imported = await berth("import", file);
      expect(imported).toMatchObject({ code: 0, stdout: "box-2 runs.\n" });
      expect(imported.stderr).toContain("It is called box-2, because the name was taken.");
      expect(await content("box-2")).toBe("one");
    });
  },
);
