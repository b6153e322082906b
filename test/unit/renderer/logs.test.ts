import { describe, expect, it } from "vitest";
import type { LogItem } from "../../../engine/contract/index.ts";
import { plainText } from "../../../renderer/formats/terminal-text.ts";
import { AnsiReader } from "../../../renderer/pages/containers/logs/ansi.ts";
import { cellsOf } from "../../../renderer/pages/containers/logs/cells.ts";
import { lineParts } from "../../../renderer/pages/containers/logs/line-parts.ts";
import { LINES_KEPT, LogModel } from "../../../renderer/pages/containers/logs/log-model.ts";
import { RowHeights } from "../../../renderer/pages/containers/logs/row-heights.ts";
import { matchingLines, partsOf } from "../../../renderer/pages/containers/text-matches.ts";

const written: [string, string][] = [
  ["\u001b[1;32mgreen\u001b[0m text", "green text"],
  ["\u001b[2K\u001b[1Gcleared", "cleared"],
  ["\u001b]0;title\u0007after a title", "after a title"],
  ["\u001b]8;;http://evil.example\u001b\\link\u001b]8;;\u001b\\", "link"],
  ["\u001b]52;c;ZXZpbA==\u0007clipboard", "clipboard"],
  ["\u001bP1$r0m\u001b\\device", "device"],
  ["\u009b31mred by one byte", "red by one byte"],
  ["10%\r50%\r100%", "100%"],
  ["windows line\r", "windows line"],
  ["a\u0000b\u0008c\u007f", "abc"],
  ["tab\tstays", "tab\tstays"],
  ["abc\u202Etxt.exe", "abc\ufffdtxt.exe"],
  ["<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>"],
];

describe("text written for terminals", () => {
  it.each(written)("shows %j as %j", (text, shown) => {
    expect(plainText(text)).toBe(shown);
    expect(new AnsiReader().read(text).text).toBe(shown);
  });

  it("leaves nothing that acts of a sequence that was cut off", () => {
    for (const text of ["before\u001b[31", "before\u001b]0;title", "before\u001b"]) {
      expect(plainText(text)).toMatch(/^before[ -~]*$/);
      expect(new AnsiReader().read(text).text).toMatch(/^before[ -~]*$/);
    }
  });

  it("keeps colours as data, also over the end of a line", () => {
    const reader = new AnsiReader();
    const { text, runs } = reader.read("plain \u001b[1;31mbad\u001b[22m thing");
    const parts = lineParts(text, runs, "");
    expect(parts.map((part) => [part.text, part.style?.color, part.style?.bold])).toEqual([
      ["plain ", undefined, undefined],
      ["bad", 1, true],
      [" thing", 1, false],
    ]);
    expect(reader.read("still red").runs?.[0]?.style.color).toBe(1);
    expect(reader.read("\u001b[mplain again").runs).toBeNull();
  });

  it("takes colours of all three kinds, and no others", () => {
    const color = (codes: string) => new AnsiReader().read(`\u001b[${codes}mx`).runs?.[0]?.style.color;
    expect(color("92")).toBe(10);
    expect(color("38;5;208")).toBe("rgb(255 135 0)");
    expect(color("38;2;1;2;3")).toBe("rgb(1 2 3)");
    expect(color("38;2;999;0;0")).toBeUndefined();
    expect(color("38;5;1;4")).toBe(1);
  });
});

describe("the lines of a log", () => {
  const line = (text: string, source: "stdout" | "stderr" = "stdout"): LogItem => ({
    kind: "line",
    container: "a",
    source,
    at: null,
    text,
    part: false,
  });

  it("keeps the newest, numbers them on, and counts what it let go of", () => {
    const model = new LogModel(["a"]);
    const total = LINES_KEPT * 2 + 1;
    for (let index = 1; index <= total; index += 500) {
      model.push(
        Array.from({ length: Math.min(500, total + 1 - index) }, (_, of) => line(`line ${index + of}`)),
      );
    }
    expect(model.held + model.trimmed).toBe(total);
    expect(model.held).toBeGreaterThanOrEqual(LINES_KEPT);
    expect(model.held).toBeLessThan(LINES_KEPT * 1.1);
    expect(model.shown.at(-1)).toMatchObject({ number: total, text: `line ${total}` });
    expect(model.shown[0]?.number).toBe(model.trimmed + 1);
  });

  it("keeps long lines within bounds too", () => {
    const model = new LogModel(["a"]);
    const text = "x".repeat(16_000);
    for (let index = 0; index < 10_000; index += 1) model.push([line(text)]);
    expect(model.held * text.length).toBeLessThan(80_000_000);
    expect(model.held + model.trimmed).toBe(10_000);
  });

  it("filters by text and stream, and searches what is shown, also in lines that come later", () => {
    const model = new LogModel(["a"]);
    model.push([line("GET /one"), line("Error one", "stderr")]);
    model.setFilter({ text: "one", source: "stderr" });
    model.search("ERROR");
    model.push([line("GET /one error"), line("another error of one", "stderr"), line("two", "stderr")]);
    expect(model.shown.map(({ text }) => text)).toEqual(["Error one", "another error of one"]);
    expect(model.matches.map(({ number }) => number)).toEqual([2, 4]);
    model.setFilter({ text: "", source: "all" });
    expect(model.shown).toHaveLength(5);
    expect(model.matches).toHaveLength(3);
  });

  it("says when the container ended and started", () => {
    const model = new LogModel(["a"]);
    model.push([
      { kind: "ended", container: "a", reason: "stopped" },
      { kind: "started", container: "a" },
    ]);
    expect(model.shown.map(({ text, mark }) => [text, mark])).toEqual([
      ["The container stopped.", true],
      ["The container started.", true],
    ]);
  });

  it("knows where each line begins when they wrap, also after older ones went", () => {
    const model = new LogModel(["a"]);
    model.push([line("x".repeat(25)), line(""), line("x".repeat(10)), line("日本語日本語")]);
    const heights = new RowHeights();
    heights.update(model, 10, 0);
    expect([0, 1, 2, 3].map((index) => heights.top(index))).toEqual([0, 3, 4, 5]);
    expect(heights.total).toBe(7);
    expect([0, 2, 3, 4, 6].map((row) => heights.at(row))).toEqual([0, 0, 1, 2, 3]);
    model.shown.splice(0, 2);
    model.dropped += 2;
    model.push([line("new")]);
    expect(heights.update(model, 10, 0)).toBe(4);
    expect(heights.total).toBe(4);
    expect(heights.update(model, Infinity, 0)).toBe(0);
    expect(heights.total).toBe(3);
  });
});

describe("columns of a text", () => {
  it.each([
    ["plain", 5],
    ["", 0],
    ["a\tb", 9],
    ["日本", 4],
    ["e\u0301", 1],
  ])("%j takes %d", (text, cells) => {
    expect(cellsOf(text)).toBe(cells);
  });
});

describe("searching lines", () => {
  it("marks every occurrence in either case and loses nothing", () => {
    for (const parts of [partsOf("Error: no error", "error"), lineParts("Error: no error", null, "error")]) {
      expect(parts.filter(({ hit }) => hit).map(({ text }) => text)).toEqual(["Error", "error"]);
      expect(parts.map(({ text }) => text).join("")).toBe("Error: no error");
    }
  });

  it("takes the query literally", () => {
    const lines = [{ text: "a.b (c) [d] $e ^f *g \\h" }, { text: "axb" }];
    for (const query of ["a.b", "(c)", "[d]", "$e", "^f", "*g", "\\h"]) {
      expect(matchingLines(lines, query)).toEqual([0]);
    }
    expect(matchingLines(lines, "")).toEqual([]);
  });
});
