import { readFileSync, readlinkSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { deflateRawSync } from "node:zlib";
import { expect, it } from "vitest";
import { unzip } from "../../../scripts/setup/zip.mjs";
import { temporaryFolders } from "./support.ts";

const folder = temporaryFolders();

interface Entry {
  name: string;
  content: string;
  mode: number;
  stored?: boolean;
}

/** A zip as the usual tools make it (APPNOTE 6.3.10), without checksums, which a digest stands in for. */
function zip(entries: readonly Entry[]): Buffer {
  const bodies: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, content, mode, stored } of entries) {
    const raw = Buffer.from(content);
    const data = stored ? raw : deflateRawSync(raw);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(name.length, 26);
    const central = Buffer.alloc(46);
    central.writeUInt32LE(0x02014b50, 0);
    central.writeUInt16LE(stored ? 0 : 8, 10);
    central.writeUInt32LE(data.length, 20);
    central.writeUInt32LE(raw.length, 24);
    central.writeUInt16LE(name.length, 28);
    central.writeUInt32LE((mode << 16) >>> 0, 38);
    central.writeUInt32LE(offset, 42);
    bodies.push(local, Buffer.from(name), data);
    directory.push(central, Buffer.from(name));
    offset += 30 + name.length + data.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...bodies, central, end]);
}

function written(entries: readonly Entry[]): { archive: string; target: string } {
  const dir = folder();
  const archive = path.join(dir, "archive.zip");
  writeFileSync(archive, zip(entries));
  return { archive, target: path.join(dir, "out") };
}

it("unpacks files, links and permissions", async () => {
  const { archive, target } = written([
    { name: "app/program", content: "run ".repeat(5000), mode: 0o100755 },
    { name: "app/data/empty", content: "", mode: 0o100644, stored: true },
    { name: "app/note", content: "stored", mode: 0o100600, stored: true },
    { name: "app/link", content: "program", mode: 0o120777, stored: true },
  ]);
  await unzip(archive, target);
  expect(readFileSync(path.join(target, "app/program"), "utf8")).toHaveLength(20_000);
  expect(statSync(path.join(target, "app/program")).mode & 0o111).not.toBe(0);
  expect(readFileSync(path.join(target, "app/data/empty"), "utf8")).toBe("");
  expect(readFileSync(path.join(target, "app/note"), "utf8")).toBe("stored");
  expect(readlinkSync(path.join(target, "app/link"))).toBe("program");
});

it("refuses to write outside its folder", async () => {
  const { archive, target } = written([{ name: "../evil", content: "x", mode: 0o100644 }]);
  await expect(unzip(archive, target)).rejects.toThrow("outside its folder");
});

it("refuses a file that is no archive", async () => {
  const { archive, target } = written([]);
  writeFileSync(archive, "not a zip at all, but long enough to hold an end record");
  await expect(unzip(archive, target)).rejects.toThrow("no end record");
});
