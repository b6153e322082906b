import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type LocalEngine, localEngineProblem, startLocalEngine } from "../support/local-engine/index.ts";
import { ended } from "./support/activity.ts";

const problem = localEngineProblem();
const nginx = { repo: "nginx", tag: "1.30.4-alpine3.24" };

describe.skipIf(problem !== null)(
  `built-in templates${problem === null ? "" : ` (skipped: ${problem})`}`,
  () => {
    let engine: LocalEngine;

    beforeAll(async () => {
      engine = await startLocalEngine();
      // No public registry can be reached: a web server of few lines stands in, with nginx's folder and port.
      const stand = await engine.docker.createContainer({ Image: "berth/welcome" });
      await stand.commit({ ...nginx, changes: `CMD ["httpd","-f","-p","80","-h","/usr/share/nginx/html"]` });
      await stand.remove();
    });
    afterAll(async () => {
      await engine.stop();
    });

    it("run side by side, with their own files, until they are healthy", async () => {
      const { templates } = engine.client;
      expect((await templates.list()).templates.map((one) => one.id)).toContain("static-site");
      const open: string[] = [];
      for (const expected of ["static-site", "static-site-2"]) {
        const { activity, name } = await templates.run({ id: "static-site" });
        expect(name).toBe(expected);
        expect(await ended(engine.client, activity)).toMatchObject({ state: "done" });
        const instance = await templates.instance({ name });
        expect(instance.notes).toContain("`site`");
        open.push(instance.open[0]?.url ?? "");
      }
      expect(new Set(open).size).toBe(2);
      for (const url of open) {
        await expect
          .poll(async () => (await fetch(url.replace("localhost", "127.0.0.1"))).text().catch(() => ""))
          .toContain("It works");
      }
      const [container] = await engine.docker.listContainers({
        filters: { label: ["com.docker.compose.project=static-site"] },
      });
      const { HostConfig, Mounts, State } = await engine.docker.getContainer(container?.Id ?? "").inspect();
      expect(State.Health?.Status).toBe("healthy");
      expect(HostConfig.Memory).toBe(64 * 1024 * 1024);
      expect(Mounts).toMatchObject([{ Destination: "/usr/share/nginx/html", RW: false }]);
    });
  },
);
