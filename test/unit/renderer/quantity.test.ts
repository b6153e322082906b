import { expect, test } from "vitest";
import { formatSeconds, formatSpan } from "../../../renderer/formats/quantity.ts";

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

test.each([
  [20_000, "under 1 min"],
  [12 * minute, "12 min"],
  [2 * hour, "2 h"],
  [2 * hour + 7 * minute, "2 h 7 min"],
  [3 * day, "3 d"],
  [3 * day + 4 * hour, "3 d 4 h"],
  [40 * day + hour, "40 d"],
])("%d ms is shown as %s", (ms, words) => {
  expect(formatSpan(ms)).toBe(words);
});

test.each([
  [0, "0.0 s"],
  [12, "<0.1 s"],
  [820, "0.8 s"],
  [21_400, "21.4 s"],
  [125_000, "2 min 5 s"],
])("a measured %d ms is shown as %s", (ms, words) => {
  expect(formatSeconds(ms)).toBe(words);
});
