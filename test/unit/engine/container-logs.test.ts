import { describe, expect, it, onTestFinished } from "vitest";
import { createDocker, DockerModel, openLogs, translateDockerError } from "../../../engine/docker/index.ts";
import { collect } from "./support/collect.ts";
import { FakeDocker } from "./support/fake-docker.ts";
import { MemoryLogger } from "./support/logger.ts";

const stamp = "2026-01-01T00:00:00.000000001Z";

function frame(source: 1 | 2, text: string | Buffer): Buffer {
  const header = Buffer.alloc(8);
  header[0] = source;
  header.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([header, Buffer.from(text)]);
}

async function sourceOf(container: { tty: boolean; logs: Buffer } | null) {
  const fake = await FakeDocker.start();
  if (container !== null) fake.containers.set("a", { id: "a", name: "a", ...container });
  const docker = createDocker(fake.open);
  const model = new DockerModel(docker, new MemoryLogger());
  onTestFinished(() => model.disconnect());
  return { docker, containers: model.containers };
}

const asked = {
  containers: [{ id: "a", since: null }],
  tailLines: 10,
  follow: false,
  signal: new AbortController().signal,
};

async function linesOf(container: { tty: boolean; logs: Buffer }, since: string | null = null) {
  const options = { ...asked, containers: [{ id: "a", since }] };
  const items = await collect(await openLogs(await sourceOf(container), options));
  return items.filter((item) => item.kind === "line");
}

describe("a container's log", () => {
  it("tells the two streams apart and knows the time of each line", async () => {
    const logs = Buffer.concat([
      frame(1, `${stamp} out ü\n`),
      frame(2, `${stamp} err\r\n`),
      frame(1, `${stamp} rest`),
    ]);
    expect(await linesOf({ tty: false, logs })).toMatchObject([
      { container: "a", source: "stdout", at: stamp, text: "out ü", part: false },
      { source: "stderr", at: stamp, text: "err", part: false },
      { source: "stdout", at: stamp, text: "rest", part: false },
    ]);
  });

  it("of a container with a terminal is one stream", async () => {
    const logs = Buffer.from(`${stamp} a\r\n${stamp} b\r\n`);
    expect(await linesOf({ tty: true, logs })).toMatchObject([
      { source: "stdout", at: stamp, text: "a" },
      { source: "stdout", at: stamp, text: "b" },
    ]);
  });

  it.each([false, true])("cuts a line of 10 MB into pieces and loses nothing (terminal: %s)", async (tty) => {
    const text = "0123456789abcdeé".repeat(600_000);
    const bytes = Buffer.from(`${text}\n`);
    // Docker stores 16 KiB a message, each with the moment of the line, wherever a character is cut.
    const messages: Buffer[] = [];
    for (let start = 0; start < bytes.length; start += 16_384) {
      const message = Buffer.concat([Buffer.from(`${stamp} `), bytes.subarray(start, start + 16_384)]);
      messages.push(tty ? message : frame(1, message));
    }
    const lines = await linesOf({
      tty,
      logs: Buffer.concat([...messages, frame(1, "")].slice(0, tty ? -1 : undefined)),
    });
    expect(lines.length).toBeGreaterThan(500);
    expect(lines.map((line) => line.text).join("") === text).toBe(true);
    expect(lines.map((line) => line.part).lastIndexOf(true)).toBe(lines.length - 2);
    expect(new Set(lines.map((line) => line.at))).toEqual(new Set([stamp]));
  });

  it("survives bytes that are no text", async () => {
    const noise = Buffer.from([0xff, 0xfe, 0x00, 0x1b, 0xc3, 0x28, 0x0a]);
    const logs = frame(1, Buffer.concat([Buffer.from(`${stamp} `), noise]));
    expect(await linesOf({ tty: false, logs })).toMatchObject([{ text: "\ufffd\ufffd\u0000\u001b\ufffd(" }]);
  });

  it("goes on after a moment without repeating what was read", async () => {
    const later = stamp.replace("1Z", "2Z");
    const logs = Buffer.concat([frame(1, `${stamp} old\n`), frame(1, `${later} new\n`)]);
    expect(await linesOf({ tty: false, logs }, stamp)).toMatchObject([{ text: "new", at: later }]);
  });

  it("of a container that does not exist is an error", async () => {
    const failure = await openLogs(await sourceOf(null), asked).catch(translateDockerError);
    expect(failure).toMatchObject({ code: "not_found" });
  });
});
