import { setImmediate as macrotask } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { STREAM_WINDOW } from "../../../engine/contract/streams.ts";
import { FlowControl } from "../../../engine/rpc/flow.ts";

async function* numbers(count: number): AsyncGenerator<number> {
  for (let number = 0; number < count; number += 1) yield await Promise.resolve(number);
}

describe("a stream in batches", () => {
  it("delivers every item once and in order", async () => {
    const flow = new FlowControl();
    const received: number[] = [];
    for await (const { stream, seq, items } of flow.stream(() => numbers(12_345), undefined)) {
      received.push(...items);
      flow.ack(stream, seq);
    }
    expect(received).toEqual(Array.from({ length: 12_345 }, (_, index) => index));
    expect(flow.size).toBe(0);
  });

  it("stays at most a window ahead of a reader that does not acknowledge", async () => {
    const flow = new FlowControl();
    let produced = 0;
    async function* endless() {
      for (;;) yield await Promise.resolve((produced += 1));
    }
    const caller = new AbortController();
    const batches = flow.stream(endless, caller.signal);
    for (let count = 0; count < STREAM_WINDOW; count += 1) await batches.next();
    const producedThen = produced;
    let more = false;
    const waiting = batches.next().then(() => (more = true));
    for (let turn = 0; turn < 50; turn += 1) await macrotask();
    expect(more).toBe(false);
    expect(produced).toBe(producedThen);
    caller.abort();
    await waiting;
  });

  it("goes on once the reader acknowledges", async () => {
    const flow = new FlowControl();
    const batches = flow.stream(() => numbers(100_000), undefined);
    const seen: number[] = [];
    let stream = "";
    for (let count = 0; count < STREAM_WINDOW; count += 1) {
      const { value } = await batches.next();
      if (value) {
        stream = value.stream;
        seen.push(value.seq);
      }
    }
    const next = batches.next();
    flow.ack(stream, 1);
    expect((await next).value?.seq).toBe(STREAM_WINDOW + 1);
  });

  it("ends the producer when the caller leaves", async () => {
    const flow = new FlowControl();
    const caller = new AbortController();
    let ended = false;
    async function* waiting(signal: AbortSignal) {
      try {
        yield 1;
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
      } finally {
        ended = true;
      }
    }
    const batches = flow.stream(waiting, caller.signal);
    await batches.next();
    const last = batches.next();
    caller.abort();
    expect((await last).done).toBe(true);
    await macrotask();
    expect(ended).toBe(true);
    expect(flow.size).toBe(0);
  });

  it("delivers what came before a failure, then the failure", async () => {
    const flow = new FlowControl();
    async function* failing() {
      yield "a";
      await macrotask();
      throw new Error("broken");
    }
    const items: string[] = [];
    const read = async () => {
      for await (const batch of flow.stream(failing, undefined)) items.push(...batch.items);
    };
    await expect(read()).rejects.toThrow("broken");
    expect(items).toEqual(["a"]);
  });

  it("lets other work have its turn while a producer always has more", async () => {
    const flow = new FlowControl();
    let turns = 0;
    const other = setInterval(() => (turns += 1), 1);
    let batches = 0;
    for await (const { stream, seq } of flow.stream(() => numbers(50_000), undefined)) {
      flow.ack(stream, seq);
      batches += 1;
    }
    clearInterval(other);
    expect(batches).toBeGreaterThan(10);
    expect(turns).toBeGreaterThan(0);
  });

  it("closes a batch of large items early", async () => {
    const flow = new FlowControl();
    async function* large() {
      for (let count = 0; count < 20; count += 1) yield await Promise.resolve("x".repeat(100_000));
    }
    const sizes: number[] = [];
    for await (const { stream, seq, items } of flow.stream(large, undefined, {
      weigh: (item) => item.length,
    })) {
      sizes.push(items.length);
      flow.ack(stream, seq);
    }
    expect(Math.max(...sizes)).toBeLessThanOrEqual(3);
  });
});
