import { mkdir, stat, symlink } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { defaultHome, machinePaths, prepareHome } from "../../../vm/host/index.ts";
import { containing, temporaryHome } from "./support/home.ts";

describe("the home's paths", () => {
  it("follow BERTH_HOME, else lie where the platform wants them", () => {
    expect(defaultHome({ BERTH_HOME: "/x/y" }, "linux")).toBe("/x/y");
    expect(defaultHome({}, "darwin")).toMatch(/\/\.berth$/);
    expect(defaultHome({ LOCALAPPDATA: "C:\\L" }, "win32")).toBe("C:\\L\\Berth");
  });

  it("are accepted while the longest socket fits 104 bytes, and refused with a remedy beyond", () => {
    const longest = "/vm/control.sock".length;
    const fitting = `/${"a".repeat(104 - 1 - longest - 1)}`;
    expect(() => machinePaths(fitting, "darwin")).not.toThrow();
    expect(() => machinePaths(`${fitting}a`, "darwin")).toThrow(
      expect.objectContaining({ code: "home_path_too_long", hint: containing("BERTH_HOME") }),
    );
    // Bytes count, not letters.
    expect(() => machinePaths(`/${"ü".repeat(60)}`, "linux")).toThrow("too long");
  });

  it("are named pipes on Windows, one per home", () => {
    const one = machinePaths("C:\\A", "win32").dockerSocket;
    expect(one).toMatch(/^\\\\\.\\pipe\\berth-[0-9a-f]{12}-docker$/);
    expect(machinePaths("c:\\a", "win32").dockerSocket).toBe(one);
    expect(machinePaths("C:\\B", "win32").dockerSocket).not.toBe(one);
  });

  it("are folders for the owner only, also when they were open before", async () => {
    const home = path.join(await temporaryHome(), "home");
    await mkdir(home, { mode: 0o755 });
    const paths = machinePaths(home);
    await prepareHome(paths);
    for (const folder of [paths.home, paths.vm, paths.keys, paths.logs]) {
      expect((await stat(folder)).mode & 0o777).toBe(0o700);
    }
  });

  it("name what is wrong when the home cannot be made", async () => {
    const home = path.join(await temporaryHome(), "dangling");
    await symlink("/nowhere/at/all", home);
    await expect(prepareHome(machinePaths(home))).rejects.toMatchObject({ code: "home_not_usable" });
  });
});
