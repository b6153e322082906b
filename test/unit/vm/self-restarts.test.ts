import { describe, expect, it } from "vitest";
import { nextRestart } from "../../../vm/host/lifecycle/self-restarts.ts";

describe("restarts that nobody asked for", () => {
  const minute = 60_000;

  it("come three times within ten minutes, each after a longer pause", () => {
    const first = nextRestart([], 0);
    const second = nextRestart([0], 1 * minute);
    const third = nextRestart([0, minute], 2 * minute);
    expect([first, second, third].map((next) => next?.attempt)).toEqual([1, 2, 3]);
    const delays = [first, second, third].map((next) => next?.delayMs ?? NaN);
    expect(delays).toEqual([...delays].sort((a, b) => a - b));
    expect(nextRestart([0, minute, 2 * minute], 9 * minute)).toBeNull();
  });

  it("count anew once the former ones are long past", () => {
    expect(nextRestart([0, minute, 2 * minute], 10.5 * minute)?.attempt).toBe(3);
    expect(nextRestart([0, minute, 2 * minute], 60 * minute)?.attempt).toBe(1);
  });
});
