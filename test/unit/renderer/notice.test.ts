import { expect, test } from "vitest";
import { noticeOf } from "../../../renderer/connection/notice.ts";

test("a failure that the shell reports is taken as it is", () => {
  const notice = { code: "engine_locked", message: "Another engine uses this home.", hint: "Quit it first." };
  expect(noticeOf({ type: "berth:notice", notice })).toEqual(notice);
});

test("null says that nothing is wrong", () => {
  expect(noticeOf({ type: "berth:notice", notice: null })).toBeNull();
});

test.each(["berth:port", "berth:ready", null, { type: "berth:notice" }, { type: "other", notice: null }])(
  "other messages are left alone: %j",
  (message) => {
    expect(noticeOf(message)).toBeUndefined();
  },
);
