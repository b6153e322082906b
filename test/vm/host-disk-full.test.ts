import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { ping } from "./support/containers.ts";
import { useOwnMachine } from "./support/machine.ts";

/** A small file system of its own needs Linux and root; elsewhere there is nothing to fill. */
const possible = process.platform === "linux" && process.getuid?.() === 0 && canMount();

describe.skipIf(!possible)("a full disk of the host", () => {
  const volume = possible ? mkdtempSync(path.join(tmpdir(), "berth-full-")) : "";
  if (possible) execFileSync("mount", ["-t", "tmpfs", "-o", "size=160m,mode=0700", "tmpfs", volume]);
  // Registered before the machine's own end, so that it runs after it.
  afterAll(() => {
    execFileSync("umount", [volume]);
    rmSync(volume, { recursive: true, force: true });
  });
  const ballast = path.join(volume, "ballast");
  const under = useOwnMachine(() => Promise.resolve(path.join(volume, "home")));

  it("lets a VM run on that could not be suspended for lack of space", async () => {
    await expect(under.machine.suspend()).rejects.toMatchObject({
      code: "suspend_failed",
      hint: expect.stringContaining("free space") as unknown,
    });
    expect(under.machine.snapshot().state).toBe("running");
    await under.machine.tunnel.ready();
    expect(await ping(under.docker)).toBe("OK");
  });

  it("pauses the VM, says so, loses nothing and lets it go on once there is space", async () => {
    // Fill what is left but for some megabytes, so that the guest's next writes meet the end.
    const free = Number(execFileSync("df", ["--output=avail", "-B1", volume]).toString().split("\n")[1]);
    writeFileSync(ballast, Buffer.alloc(free - 8 * 2 ** 20, 1));
    const writing = under.machine.tunnel.exec(
      ["sh", "-c", "head -c 40000000 /dev/urandom >/data/precious && sync && md5sum </data/precious"],
      { timeoutMs: 120_000 },
    );
    await expect
      .poll(() => under.machine.snapshot().problems.map(({ id }) => id), { timeout: 60_000 })
      .toContain("host_disk_full");
    expect(under.machine.snapshot().state).toBe("running");
    await expect(under.machine.suspend()).rejects.toMatchObject({ code: "host_disk_full" });

    rmSync(ballast);
    const written = await writing;
    expect(written.exitCode).toBe(0);
    await expect.poll(() => under.machine.snapshot().problems).toEqual([]);
    const again = await under.machine.tunnel.exec([
      "sh",
      "-c",
      "echo 3 >/proc/sys/vm/drop_caches; md5sum </data/precious",
    ]);
    expect(again.stdout).toBe(written.stdout);
  });

  it("does not keep the VM's own disk from growing, and the guest's file system with it", async () => {
    const blocks = async () =>
      Number((await under.machine.tunnel.exec(["stat", "-f", "-c", "%b", "/data"])).stdout);
    const before = await blocks();
    const { diskGiB } = under.machine.snapshot();
    await under.machine.growDisk(diskGiB + 1);
    expect(under.machine.snapshot().diskGiB).toBe(diskGiB + 1);
    expect(await blocks()).toBeGreaterThan(before + 200_000);
    await expect(under.machine.growDisk(diskGiB)).rejects.toMatchObject({ code: "disk_shrink" });
  });
});

function canMount(): boolean {
  const folder = mkdtempSync(path.join(tmpdir(), "berth-mount-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "tmpfs", folder], { stdio: "ignore" });
    execFileSync("umount", [folder], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
