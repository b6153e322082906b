import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFile, mkdir, readFile, rename, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { cacheDir } from "../../../scripts/setup/paths.mjs";
import { keyring, sources } from "../../../vm/image/lib/mirror.mjs";
import { release } from "../../../vm/image/lib/recipe.mjs";
import { newEd25519Key } from "../../../vm/host/guest/openssh-key.ts";
import type { GuestImage } from "../../../vm/host/guest/image.ts";
import { hostPublicBlob, publicLine } from "./keys.ts";

const run = promisify(execFile);

/** What an ordinary Debian server with Docker consists of, besides the packages of its default priority. */
const packages = [
  ...["systemd-sysv", "dbus", "systemd-timesyncd", "openssh-server"],
  ...["docker.io", "docker-cli", "containerd", "runc", "iptables"],
];

/** As on Debian's own cloud images: systemd-networkd takes whatever the DHCP server gives. */
const files: Record<string, string> = {
  "etc/hostname": "stock\n",
  "etc/hosts": "127.0.0.1 localhost\n127.0.1.1 stock\n",
  "etc/fstab": "/dev/vdb / ext4 defaults 0 1\n",
  "etc/systemd/network/all.network": "[Match]\nType=ether\n\n[Network]\nDHCP=yes\n",
  "etc/resolv.conf": "nameserver 10.0.2.3\n",
};

const diskBytes = 8 * 1024 ** 3;

/** A stock Debian on a disk, never written to again: runs put a layer of their own over it. */
export interface StockDisk {
  /** Base of the runs' disks, qcow2. */
  disk: string;
  initrd: string;
  clientPrivateKey: string;
  hostPublicBlob: Buffer;
}

/**
 * The stock Debian for this image's kernel and engine, built once and kept in the cache. Throws when the
 * mirror has moved on to another engine than the image carries: they would not be comparable.
 */
export async function stockDisk(image: GuestImage, say: (text: string) => void): Promise<StockDisk> {
  const { kernel, docker } = image.manifest.versions;
  if (!kernel || !docker) throw new Error("The guest image does not say its versions: build it again.");
  const key = createHash("sha256").update(JSON.stringify([1, packages, files, release, kernel, docker]));
  const dir = path.join(cacheDir(), "bench", `stock-${key.digest("hex").slice(0, 16)}`);
  if (!existsSync(dir)) {
    say("building the stock Debian to compare with (once; a few minutes)");
    const work = `${dir}.building-${process.pid}`;
    try {
      await build(work, kernel, docker);
      await rename(work, dir);
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  }
  const read = (name: string) => readFile(path.join(dir, name), "utf8");
  return {
    disk: path.join(dir, "disk.qcow2"),
    initrd: path.join(dir, "initrd"),
    clientPrivateKey: await read("client_ed25519"),
    hostPublicBlob: hostPublicBlob(await read("host_ed25519.pub")),
  };
}

async function build(dir: string, kernel: string, docker: string): Promise<void> {
  if (process.getuid?.() !== 0) throw new Error("Only root can build the stock Debian: run this as root.");
  const root = path.join(dir, "root");
  await mkdir(dir, { recursive: true });
  const list = path.join(dir, "sources.list");
  await writeFile(list, sources());
  // In mounts and processes of its own, as the guest image is built.
  await run("setpriv", [
    ...["--pdeathsig", "KILL", "unshare"],
    ...["--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "mmdebstrap"],
    ...["--variant=debootstrap", '--aptopt=Apt::Install-Recommends "false"', `--keyring=${keyring}`],
    `--include=${[`linux-image-${kernel}`, ...packages].join(",")}`,
    ...[release, root, list],
  ]);
  const found = await run("dpkg-query", [
    `--admindir=${path.join(root, "var/lib/dpkg")}`,
    ...["-W", "-f", "${Version}", "docker.io"],
  ]);
  if (found.stdout !== docker) {
    throw new Error(
      `The mirror now has Docker ${found.stdout}, the guest image ${docker}: build the image again.`,
    );
  }
  await configure(root, dir);
  await copyFile(path.join(root, "boot", `initrd.img-${kernel}`), path.join(dir, "initrd"));
  const raw = path.join(dir, "disk.raw");
  await writeFile(raw, "");
  await truncate(raw, diskBytes);
  await run("mkfs.ext4", ["-q", "-d", root, raw]);
  await run("qemu-img", ["convert", "-f", "raw", "-O", "qcow2", raw, path.join(dir, "disk.qcow2")]);
  for (const name of [raw, root, list]) await rm(name, { recursive: true });
}

async function configure(root: string, dir: string): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await rm(path.join(root, name), { force: true });
    await writeFile(path.join(root, name), text);
  }
  const wants = path.join(root, "etc/systemd/system/multi-user.target.wants");
  const unit = "/usr/lib/systemd/system/systemd-networkd.service";
  await symlink(unit, path.join(wants, path.basename(unit)));
  const key = newEd25519Key("bench");
  await writeFile(path.join(dir, "client_ed25519"), key, { mode: 0o600 });
  await mkdir(path.join(root, "root/.ssh"), { recursive: true, mode: 0o700 });
  await writeFile(path.join(root, "root/.ssh/authorized_keys"), publicLine(key), { mode: 0o600 });
  await copyFile(path.join(root, "etc/ssh/ssh_host_ed25519_key.pub"), path.join(dir, "host_ed25519.pub"));
}
