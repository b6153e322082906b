import net from "node:net";
import path from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { ControlChannel } from "../../../vm/host/guest/control-channel.ts";
import { parseGuestLine } from "../../../vm/host/guest/control-lines.ts";
import { memoryLogger, temporaryHome, until } from "./support/home.ts";

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function channel(answer: (line: string, send: (text: string) => void) => void) {
  const file = path.join(await temporaryHome(), "control.sock");
  let socket: net.Socket | null = null;
  const server = net.createServer((accepted) => {
    socket = accepted;
    accepted.on("data", (chunk) => {
      for (const line of chunk.toString().trim().split("\n")) answer(line, (text) => accepted.write(text));
    });
  });
  await new Promise<void>((resolve) => server.listen(file, resolve));
  const control = await ControlChannel.connect({ path: file }, memoryLogger());
  await until(() => socket !== null, "the connection");
  closers.push(() => {
    control.close();
    socket?.destroy();
    server.close();
  });
  return { control, say: (text: string) => socket?.write(text), drop: () => socket?.destroy() };
}

describe("a line of the guest", () => {
  it.each([
    ["hello 1", { kind: "hello", version: 1 }],
    ["phase 4.25 network\r", { kind: "phase", uptimeSeconds: 4.25, name: "network" }],
    [
      "problem data-disk it holds something else",
      { kind: "problem", id: "data-disk", text: "it holds something else" },
    ],
    ["note fsck repaired", { kind: "note", id: "fsck", text: "repaired" }],
    ["down dockerd 137", { kind: "down", unit: "dockerd", exit: "137" }],
    ["up dockerd", { kind: "up", unit: "dockerd" }],
    ["bye", { kind: "bye" }],
    ["ok trim 4096", { kind: "reply", text: "ok trim 4096" }],
  ])("%j is understood", (line, meaning) => {
    expect(parseGuestLine(line)).toEqual(meaning);
  });

  it.each(["", "hello", "phase x y", "phase 1 ../../etc", "problem data-disk", "goodbye", "down a b c"])(
    "%j is nothing",
    (line) => {
      expect(parseGuestLine(line)).toBeNull();
    },
  );

  it("loses escape sequences and excess length on the way to people", () => {
    const line = parseGuestLine(`problem x \x1b[31mred\x07 ${"y".repeat(2000)}`);
    expect(line).toMatchObject({ kind: "problem", id: "x" });
    if (line?.kind !== "problem") throw new Error("unreachable");
    expect(line.text).toMatch(/^\[31mred y+$/);
    expect(line.text).toHaveLength(500);
  });
});

describe("the control channel", () => {
  it("tells lines as they come, however they are cut", async () => {
    const { control, say } = await channel(() => undefined);
    const lines: string[] = [];
    control.on("line", (line) => lines.push(line.kind));
    say("hello 1\npha");
    say("se 1.5 init\nrubbish\nbye\n");
    await until(() => lines.length === 3, "three lines");
    expect(lines).toEqual(["hello", "phase", "bye"]);
  });

  it("asks one thing after the other and takes no stale answer for a new one", async () => {
    const asked: string[] = [];
    const { control } = await channel((line, send) => {
      asked.push(line.split(" ")[0] ?? "");
      if (line.startsWith("time")) send("pong old\nok time\n");
      if (line.startsWith("ping")) send(`pong ${line.slice(5)}\n`);
      if (line === "trim") send("ok trim 12345\n");
    });
    const [, , trimmed] = await Promise.all([control.setTime(), control.ping(1_000), control.trim()]);
    expect(trimmed).toBe(12345);
    expect(asked).toEqual(["time", "ping", "trim"]);
  });

  it("sends the time of the moment of sending", async () => {
    let sent = 0;
    const { control } = await channel((line, send) => {
      sent = Number(line.split(" ")[1]);
      send("ok time\n");
    });
    const before = Date.now() / 1000;
    await control.setTime();
    expect(sent).toBeGreaterThanOrEqual(Math.floor(before * 1000) / 1000);
    expect(sent).toBeLessThanOrEqual(Date.now() / 1000 + 0.001);
  });

  it("gives up on a deaf guest, a refusing one and one that is gone", async () => {
    const deaf = await channel(() => undefined);
    await expect(deaf.control.ping(30)).rejects.toMatchObject({ code: "guest_no_answer" });
    const refusing = await channel((_line, send) => send("error unknown\n"));
    await expect(refusing.control.setTime()).rejects.toThrow("error unknown");
    const waiting = deaf.control.ping(5_000);
    deaf.drop();
    await expect(waiting).rejects.toThrow("has ended");
    await expect(deaf.control.ping(100)).rejects.toThrow("has ended");
  });
});
