import { appendFile, readFile, rename, stat, truncate, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { FileLogger } from "../../../engine/logging/logger.ts";
import { tailFile } from "../../../engine/logging/tail.ts";
import { LineSplitter } from "../../../engine/text/line-splitter.ts";
import { BerthError } from "../../../engine/vm.ts";
import { collect } from "./support/collect.ts";
import { temporaryFolder } from "./support/temporary.ts";

describe("the engine's log", () => {
  it("keeps one line per entry, with the chain of causes", async () => {
    const file = path.join(await temporaryFolder(), "engine.log");
    const logger = new FileLogger({ file });
    const cause = new Error("disk\nfull");
    const error = new BerthError({ code: "x", message: "Not saved.", hint: "", cause });
    logger.warn("failed\nbadly", { error });
    logger.close();
    const text = await readFile(file, "utf8");
    expect(text.split("\n")).toHaveLength(2);
    expect(text).toContain("Not saved.");
    expect(text).toContain("full");
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it("holds no secrets", async () => {
    const file = path.join(await temporaryFolder(), "engine.log");
    const logger = new FileLogger({ file });
    logger.info("proxy http://me:geheim@proxy.example and ?token=geheim", {
      password: "geheim",
      nested: { authToken: "geheim", header: "Bearer geheim", list: ["https://a:geheim@b"] },
      error: new Error("Basic geheim"),
    });
    logger.close();
    expect(await readFile(file, "utf8")).not.toContain("geheim");
  });

  it("never grows beyond its cap, twice", async () => {
    const file = path.join(await temporaryFolder(), "engine.log");
    const logger = new FileLogger({ file, capBytes: 2000 });
    for (let count = 0; count < 500; count += 1) logger.info(`entry ${count}`);
    logger.close();
    expect((await stat(file)).size).toBeLessThanOrEqual(2000);
    expect((await stat(`${file}.1`)).size).toBeLessThanOrEqual(2000);
    expect(await readFile(file, "utf8")).toContain("entry 499");
  });

  it("that cannot be written loses lines, not the engine", () => {
    const logger = new FileLogger({ file: "/nonexistent/engine.log" });
    expect(() => {
      logger.info("lost");
    }).not.toThrow();
  });
});

describe("reading a log file", () => {
  const once = { follow: false, signal: new AbortController().signal };

  it.each([
    [0, []],
    [2, ["c", "d"]],
    [10, ["a", "b", "c", "d"]],
  ])("gives the last %i lines", async (tailLines, lines) => {
    const file = path.join(await temporaryFolder(), "x.log");
    await writeFile(file, "a\nb\nc\nd\n");
    expect(await collect(tailFile(file, { ...once, tailLines }))).toEqual(lines);
  });

  it("of a file that is not there gives nothing", async () => {
    const file = path.join(await temporaryFolder(), "x.log");
    expect(await collect(tailFile(file, { ...once, tailLines: 5 }))).toEqual([]);
  });

  it("follows new lines, also of a file that comes later, is rotated or cut", async () => {
    const file = path.join(await temporaryFolder(), "x.log");
    const reader = new AbortController();
    const lines = tailFile(file, { tailLines: 5, follow: true, signal: reader.signal });
    const first = lines.next();
    await writeFile(file, "one\n");
    expect((await first).value).toBe("one");
    await appendFile(file, "two\n");
    expect((await lines.next()).value).toBe("two");
    await rename(file, `${file}.1`);
    await writeFile(file, "three\n");
    expect((await lines.next()).value).toBe("three");
    const fourth = lines.next();
    await truncate(file, 0);
    await appendFile(file, "4\n");
    expect((await fourth).value).toBe("4");
    const last = lines.next();
    reader.abort();
    expect((await last).done).toBe(true);
  });
});

describe("cutting bytes into lines", () => {
  it("puts lines together over chunks and takes off line ends", () => {
    const splitter = new LineSplitter();
    expect(splitter.push(Buffer.from("a\r\nb"))).toEqual(["a"]);
    expect(splitter.push(Buffer.from("c\n\nd"))).toEqual(["bc", ""]);
    expect(splitter.flush()).toEqual(["d"]);
    expect(splitter.flush()).toEqual([]);
  });

  it("cuts long lines between characters", () => {
    const splitter = new LineSplitter(10);
    const lines = [...splitter.push(Buffer.from("€€€€€€€€\n")), ...splitter.flush()];
    expect(lines.join("")).toBe("€€€€€€€€");
    expect(lines.every((line) => Buffer.byteLength(line) <= 10)).toBe(true);
  });
});
