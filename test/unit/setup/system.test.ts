import { describe, expect, it } from "vitest";
import { parseCandidates } from "../../../scripts/setup/apt.mjs";
import { debianMirror, notInstalled } from "../../../scripts/setup/debian.mjs";
import { cacheDir } from "../../../scripts/setup/paths.mjs";
import { rootPrefix } from "../../../scripts/setup/privilege.mjs";
import { isNewEnough, parseQemuVersion, qemuProblem } from "../../../scripts/setup/qemu.mjs";
import { requireSpace } from "../../../scripts/setup/space.mjs";
import { recogniseSystem } from "../../../scripts/setup/system.mjs";
import { temporaryFolders } from "./support.ts";

const debian = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_CODENAME=bookworm\nID=debian\n';
const facts = { platform: "linux", arch: "x64", nodeVersion: "v20.20.2", osRelease: debian };

describe("the system", () => {
  it("recognises Debian and what descends from it", () => {
    expect(recogniseSystem(facts)).toMatchObject({ kind: "debian", codename: "bookworm", arch: "x64" });
    const ubuntu = 'PRETTY_NAME="Ubuntu 24.04"\nID=ubuntu\nID_LIKE=debian\nVERSION_CODENAME=noble\n';
    expect(recogniseSystem({ ...facts, osRelease: ubuntu })).toMatchObject({ kind: "debian" });
    const fedora = 'ID=fedora\nPRETTY_NAME="Fedora Linux 43"\n';
    expect(recogniseSystem({ ...facts, osRelease: fedora })).toMatchObject({ kind: "otherLinux" });
  });

  it.each([
    [{ platform: "freebsd" }, "freebsd is not supported"],
    [{ arch: "ia32" }, "ia32 is not supported"],
    [{ nodeVersion: "v18.20.0" }, "too old"],
  ])("refuses what it cannot run on: %o", (change, message) => {
    expect(() => recogniseSystem({ ...facts, ...change })).toThrow(message);
  });
});

describe("system packages", () => {
  it("names the exact command when neither root nor sudo is there", () => {
    const nobody = { isRoot: false, sudo: undefined, sudoAsksNothing: false, hasTerminal: true };
    expect(() => rootPrefix(nobody, "apt-get install qemu-utils")).toThrow(
      expect.objectContaining({
        message: expect.stringContaining("not root") as string,
        hint: "Have an administrator run: apt-get install qemu-utils",
      }) as Error,
    );
  });

  it("does not wait for a password where nobody can type one", () => {
    const sudo = { isRoot: false, sudo: "/usr/bin/sudo", sudoAsksNothing: false, hasTerminal: false };
    expect(() => rootPrefix(sudo, "x")).toThrow("there is no terminal");
    expect(rootPrefix({ ...sudo, hasTerminal: true }, "x")).toEqual(["/usr/bin/sudo"]);
    expect(rootPrefix({ ...sudo, sudoAsksNothing: true }, "x")).toEqual(["/usr/bin/sudo", "-n"]);
    expect(rootPrefix({ ...sudo, isRoot: true }, "x")).toEqual([]);
  });

  it("asks only for what is not installed, any alternative serving", () => {
    const wanted = [["libgtk-3-0t64", "libgtk-3-0"], ["xvfb"], ["cpio"]];
    const status = "libgtk-3-0 installed\nxvfb config-files\n";
    expect(notInstalled(wanted, status)).toEqual([["xvfb"], ["cpio"]]);
  });

  it("reads what apt would install", () => {
    const policy = "qemu-utils:\n  Installed: (none)\n  Candidate: 1:10.0.2\nnone:\n  Candidate: (none)\n";
    expect([...parseCandidates(policy)]).toEqual([["qemu-utils", "1:10.0.2"]]);
  });

  it("takes backports from the mirror in use, in both formats of sources", () => {
    const stanzas =
      "Types: deb\nURIs: http://security.example/debian-security\nSuites: bookworm-security\n\n" +
      "Types: deb\nURIs: http://mirror.example/debian\nSuites: bookworm bookworm-updates\nComponents: main\n";
    expect(debianMirror([stanzas], "bookworm")).toBe("http://mirror.example/debian");
    const lines = "deb [arch=amd64] http://old.example/debian bookworm main contrib\n";
    expect(debianMirror([lines], "bookworm")).toBe("http://old.example/debian");
    expect(
      debianMirror([stanzas.replace("Suites: bookworm ", "Suites: trixie ")], "bookworm"),
    ).toBeUndefined();
  });
});

describe("QEMU", () => {
  it("accepts version 10 and newer", () => {
    expect(parseQemuVersion("QEMU emulator version 10.0.2 (Debian 1:10.0.2+ds-2)\n")).toBe("10.0.2");
    expect(isNewEnough("10.0.2")).toBe(true);
    expect(isNewEnough("7.2.19")).toBe(false);
    expect(isNewEnough(undefined)).toBe(false);
  });

  it("says which version is too old, and what to do", () => {
    const problem = qemuProblem({ version: "7.2.19", good: false }, "Install a newer one.");
    expect(problem.message).toBe("QEMU 7.2.19 is too old: Berth needs 10 or newer.");
    expect(problem.hint).toBe("Install a newer one.");
  });
});

describe("the disk", () => {
  const folder = temporaryFolders();

  it("is refused when it is too full for what comes, with the way out", () => {
    const cache = folder();
    expect(() => requireSpace(cache, 2 ** 60, "The guest image")).toThrow(
      expect.objectContaining({
        message: expect.stringMatching(/^The guest image needs .* GiB in .*, but only .* are free/) as string,
        hint: expect.stringContaining("BERTH_CACHE=") as string,
      }) as Error,
    );
    requireSpace(cache, 1, "The guest image");
  });
});

describe("the cache folder", () => {
  const home = "/home/ada";
  it.each([
    ["linux", true, {}, "/var/cache/berth"],
    ["linux", false, {}, "/home/ada/.cache/berth"],
    ["darwin", false, {}, "/home/ada/Library/Caches/berth"],
    ["linux", true, { BERTH_CACHE: "/data/berth" }, "/data/berth"],
  ] as const)("on %s (root: %s) with %o is %s", (platform, isRoot, env, expected) => {
    expect(cacheDir({ platform, home, isRoot, env })).toBe(expected);
  });
});
