import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { Activities } from "../../../engine/activity/index.ts";
import { engineEndpoint, resolveHome } from "../../../engine/contract/endpoint.ts";
import { settingsSchema } from "../../../engine/contract/index.ts";
import { compareVersions } from "../../../engine/contract/versions.ts";
import { resolveProgramEnvironment } from "../../../engine/image.ts";
import { cpuPercent, SampleReader } from "../../../engine/machine/guest-sample.ts";
import { machineConfig } from "../../../engine/machine/index.ts";
import { MemoryLogger } from "./support/logger.ts";
import { temporaryFolder } from "./support/temporary.ts";

it.each([
  ["1.0.0", "1.0.0", 0],
  ["1.0.0", "1.0.1", -1],
  ["1.10.0", "1.9.0", 1],
  ["1.0.0-beta.2", "1.0.0", -1],
  ["1.0.0-beta.11", "1.0.0-beta.2", 1],
  ["1.0.0-alpha", "1.0.0-alpha.1", -1],
  ["1.0.0+a", "1.0.0+b", 0],
])("version %s against %s", (a, b, sign) => {
  expect(Math.sign(compareVersions(a, b))).toBe(sign);
});

describe("places", () => {
  it("are told by the environment, else the platform's own", () => {
    expect(resolveHome({ BERTH_HOME: "/x/y" }, "linux")).toBe("/x/y");
    expect(resolveHome({}, "linux")).toMatch(/\.berth$/);
    expect(resolveHome({ LOCALAPPDATA: "C:\\Local" }, "win32")).toBe("C:\\Local\\Berth");
    expect(engineEndpoint("C:\\Local\\Berth", "win32")).toMatch(/^\\\\\.\\pipe\\berth-[0-9a-f]{12}-engine$/);
  });

  it("of the image: environment variable, then the file beside the program, then beside the executable", async () => {
    const folder = await temporaryFolder();
    expect(resolveProgramEnvironment({}, folder, "/opt/berth/berth")).toEqual({
      imageDir: "/opt/berth/image",
    });
    await writeFile(
      path.join(folder, "environment.json"),
      '{"imageDir":"../image","qemuDir":"qemu","node":"x"}',
    );
    await mkdir(path.join(folder, "qemu"));
    expect(resolveProgramEnvironment({}, folder)).toEqual({
      imageDir: path.resolve(folder, "../image"),
      qemuDir: path.join(folder, "qemu"),
    });
    expect(resolveProgramEnvironment({ BERTH_IMAGE_DIR: "/images/a" }, folder).imageDir).toBe("/images/a");
    await writeFile(path.join(folder, "environment.json"), "{");
    expect(() => resolveProgramEnvironment({}, folder)).toThrow(
      expect.objectContaining({ hint: "npm start sets it up again." }) as Error,
    );
  });
});

it("the proxy setting reaches the guest's daemons in both spellings", () => {
  const settings = settingsSchema.parse({
    "network.httpProxy": "http://proxy:3128",
    "network.noProxy": "example.org",
  });
  expect(machineConfig(settings, { imageDir: "/i" }).environment).toMatchObject({
    HTTPS_PROXY: "http://proxy:3128",
    http_proxy: "http://proxy:3128",
    NO_PROXY: "localhost,127.0.0.1,example.org",
  });
  expect(machineConfig(settingsSchema.parse({}), { imageDir: "/i" })).not.toHaveProperty("environment");
});

it("a guest's figures become a sample", () => {
  const reader = new SampleReader();
  const feed = (cpu: string) =>
    [cpu, "MemTotal: 2048", "MemAvailable: 1024", "disk 4096 100 75", "end"]
      .map((line) => reader.push(line))
      .at(-1) ?? null;
  const before = feed("cpu 10 0 10 80 0 0 0 0 0 0");
  const after = feed("cpu 60 0 10 130 0 0 0 0 0 0");
  expect(after).toMatchObject({
    memoryUsedMiB: 1,
    memoryTotalMiB: 2,
    diskUsedBytes: 102_400,
    diskTotalBytes: 409_600,
  });
  if (after) expect(cpuPercent(before, after)).toBe(50);
});

describe("activities", () => {
  const create = () => new Activities(() => ({ message: "It broke.", hint: "Mend it." }), new MemoryLogger());
  const options = { kind: "test", title: "Work", cancellable: true };

  it("report, end, and can then be dismissed", async () => {
    const activities = create();
    const { id, done } = activities.start(options, (report) => {
      report({ detail: "half", progress: 0.5 });
      return Promise.resolve("result");
    });
    expect(await done).toBe("result");
    expect(activities.list.get(id)).toMatchObject({
      state: "done",
      detail: "half",
      progress: 1,
      error: null,
    });
    activities.dismiss(id);
    expect(activities.list.all()).toEqual([]);
  });

  it("can be cancelled, and are then not failed", async () => {
    const activities = create();
    const { id, done } = activities.start(options, async (_report, signal) => {
      await new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => {
          reject(new Error("aborted"));
        });
      });
    });
    activities.cancel(id);
    await expect(done).rejects.toMatchObject({ code: "cancelled" });
    expect(activities.list.get(id)).toMatchObject({ state: "cancelled", error: null });
  });

  it("tell their failure in words", async () => {
    const activities = create();
    const { id, done } = activities.start(options, () => Promise.reject(new Error("E42")));
    await expect(done).rejects.toThrow("E42");
    expect(activities.list.get(id)).toMatchObject({
      state: "failed",
      error: { message: "It broke.", hint: "Mend it." },
    });
  });

  it("that finished are kept only so long", async () => {
    const activities = create();
    for (let count = 0; count < 80; count += 1) await activities.start(options, () => Promise.resolve()).done;
    expect(activities.list.all()?.length).toBeLessThanOrEqual(50);
  });
});
