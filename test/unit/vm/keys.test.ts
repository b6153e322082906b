import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { spawnSync } from "node:child_process";
import ssh2 from "ssh2";
import { describe, expect, it } from "vitest";
import { encodeEd25519Key } from "../../../vm/host/guest/openssh-key.ts";
import { ensureKeys } from "../../../vm/host/guest/keys.ts";
import { machinePaths, prepareHome } from "../../../vm/host/index.ts";
import { containing, memoryLogger, temporaryHome } from "./support/home.ts";

async function home() {
  const paths = machinePaths(await temporaryHome());
  await prepareHome(paths);
  return paths;
}

describe("the keys of an install", () => {
  it("are two different ed25519 pairs, private, and the same ever after", async () => {
    const paths = await home();
    const keys = await ensureKeys(paths, memoryLogger(), { repair: true });
    expect(keys.clientPublicKey).toMatch(/^ssh-ed25519 [A-Za-z0-9+/=]+ berth$/);
    expect(keys.hostPublicBlob.toString("base64")).not.toBe(keys.clientPublicKey.split(" ")[1]);
    for (const file of [paths.clientKey, paths.hostKey]) {
      expect((await stat(file)).mode & 0o777).toBe(0o600);
      expect(await readFile(file, "utf8")).toMatch(/^-----BEGIN OPENSSH PRIVATE KEY-----\n/);
    }
    expect(await ensureKeys(paths, memoryLogger(), { repair: false })).toEqual(keys);
  });

  it("are whole also when their public half begins with zeros", () => {
    const publicKey = Buffer.concat([Buffer.alloc(2), Buffer.alloc(30, 7)]);
    const parsed = ssh2.utils.parseKey(encodeEd25519Key(publicKey, Buffer.alloc(32, 9), "berth"));
    if (parsed instanceof Error) throw parsed;
    expect(parsed.getPublicSSH().subarray(-32)).toEqual(publicKey);
  });

  it("are accepted by OpenSSH itself, where it is installed", async () => {
    const paths = await home();
    const keys = await ensureKeys(paths, memoryLogger(), { repair: true });
    const run = spawnSync("ssh-keygen", ["-y", "-f", paths.clientKey], { encoding: "utf8" });
    if (run.error === undefined) expect(run.stdout.trim()).toBe(keys.clientPublicKey);
  });

  it("are made once, however many ask at the same time", async () => {
    const paths = await home();
    const all = await Promise.all(
      Array.from({ length: 8 }, () => ensureKeys(paths, memoryLogger(), { repair: true })),
    );
    expect(new Set(all.map((keys) => keys.clientPublicKey)).size).toBe(1);
    expect((await readdir(paths.keys)).sort()).toEqual(["client_ed25519", "guest_host_ed25519"]);
  });

  it("are replaced when damaged, the damaged one kept, unless a guest still knows the old one", async () => {
    const paths = await home();
    const before = await ensureKeys(paths, memoryLogger(), { repair: true });
    await writeFile(paths.clientKey, "-----BEGIN OPENSSH PRIVATE KEY-----\nrubbish\n");
    await expect(ensureKeys(paths, memoryLogger(), { repair: false })).rejects.toMatchObject({
      code: "key_damaged",
      hint: containing("berth"),
    });
    const after = await ensureKeys(paths, memoryLogger(), { repair: true });
    expect(after.clientPublicKey).not.toBe(before.clientPublicKey);
    expect(after.hostPublicBlob).toEqual(before.hostPublicBlob);
    expect((await readdir(paths.keys)).filter((name) => name.includes(".damaged-"))).toHaveLength(1);
  });

  it("refuses a key of another kind in their place", async () => {
    const paths = await home();
    const rsa = ssh2.utils.generateKeyPairSync("rsa", { bits: 2048 });
    await writeFile(paths.hostKey, rsa.private);
    await expect(ensureKeys(paths, memoryLogger(), { repair: false })).rejects.toMatchObject({
      code: "key_damaged",
    });
  });
});
