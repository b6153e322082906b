import { expect, test } from "vitest";
import { planQuit } from "../../../electron/quit-plan.ts";

test("asks only a person, and only while there is something to choose", () => {
  expect(planQuit("ask", "running", true)).toEqual({ kind: "ask" });
  expect(planQuit("ask", "starting", true)).toEqual({ kind: "ask" });
  expect(planQuit("ask", "running", false)).toEqual({ kind: "end", vm: "suspend" });
  expect(planQuit("ask", "suspended", true)).toEqual({ kind: "end", vm: "keep" });
  expect(planQuit("ask", "broken", true)).toEqual({ kind: "end", vm: "keep" });
});

test("goes on with what is already under way", () => {
  expect(planQuit("ask", "suspending", true)).toEqual({ kind: "end", vm: "suspend" });
  expect(planQuit("ask", "stopping", false)).toEqual({ kind: "end", vm: "stop" });
});

test("a setting is applied without a question", () => {
  expect(planQuit("stop", "running", true)).toEqual({ kind: "end", vm: "stop" });
  expect(planQuit("suspend", "paused", false)).toEqual({ kind: "end", vm: "suspend" });
});

test("`keep`, or no engine at all, leaves everything as it is", () => {
  expect(planQuit("keep", "running", true)).toEqual({ kind: "leave" });
  expect(planQuit("keep", "stopped", false)).toEqual({ kind: "leave" });
  expect(planQuit("stop", null, true)).toEqual({ kind: "leave" });
});

test("nothing is kept running in a computer that ends", () => {
  expect(planQuit("keep", "running", false, true)).toEqual({ kind: "end", vm: "suspend" });
  expect(planQuit("keep", "stopping", false, true)).toEqual({ kind: "end", vm: "stop" });
  expect(planQuit("keep", "suspended", false, true)).toEqual({ kind: "end", vm: "keep" });
  expect(planQuit("stop", "running", false, true)).toEqual({ kind: "end", vm: "stop" });
});
