import { describe, expect, it } from "vitest";
import { plainText } from "../../../renderer/formats/terminal-text.ts";
import { LINES_KEPT, LogLines } from "../../../renderer/pages/containers/log-lines.ts";
import { matchingLines, partsOf } from "../../../renderer/pages/containers/text-matches.ts";

describe("text written for terminals", () => {
  it.each([
    ["\u001b[1;32mgreen\u001b[0m text", "green text"],
    ["\u001b[2K\u001b[1Gcleared", "cleared"],
    ["\u001b]0;title\u0007after a title", "after a title"],
    ["\u001b]8;;http://evil.example\u001b\\link\u001b]8;;\u001b\\", "link"],
    ["\u009b31mred by one byte", "red by one byte"],
    ["10%\r50%\r100%", "100%"],
    ["windows line\r", "windows line"],
    ["a\u0000b\u0008c\u007f", "abc"],
    ["tab\tstays", "tab\tstays"],
  ])("shows %j as %j", (written, shown) => {
    expect(plainText(written)).toBe(shown);
  });

  it("shows marks that would reorder a line instead of obeying them", () => {
    expect(plainText("abc\u202Etxt.exe")).toBe("abc\ufffdtxt.exe");
  });

  it("leaves nothing that acts of a sequence that was cut off", () => {
    expect(plainText("before\u001b[31")).toMatch(/^before[ -~]*$/);
    expect(plainText("before\u001b]0;title")).toMatch(/^before[ -~]*$/);
  });

  it("keeps markup as the text it is", () => {
    expect(plainText("<img src=x onerror=alert(1)>")).toBe("<img src=x onerror=alert(1)>");
  });
});

describe("the lines of a log", () => {
  const line = (text: string, source: "stdout" | "stderr" = "stdout") => ({ source, at: null, text });

  it("keeps the newest and numbers them on", () => {
    const log = new LogLines();
    for (let index = 1; index <= LINES_KEPT * 2; index += 1) log.push(line(`line ${index}`));
    const lines = log.newest();
    expect(lines).toHaveLength(LINES_KEPT);
    expect(lines.at(-1)).toMatchObject({ number: LINES_KEPT * 2, text: `line ${LINES_KEPT * 2}` });
    expect(lines[0]?.number).toBe(LINES_KEPT + 1);
  });

  it("marks what came from standard error", () => {
    const log = new LogLines();
    log.push(line("fine"));
    log.push(line("bad", "stderr"));
    expect(log.newest().map(({ error }) => error)).toEqual([false, true]);
  });
});

describe("searching lines", () => {
  it("marks every occurrence in either case and loses nothing", () => {
    const parts = partsOf("Error: no error", "error");
    expect(parts.filter(({ hit }) => hit).map(({ text }) => text)).toEqual(["Error", "error"]);
    expect(parts.map(({ text }) => text).join("")).toBe("Error: no error");
  });

  it("takes the query literally", () => {
    const lines = [{ text: "a.b (c) [d] $e ^f *g \\h" }, { text: "axb" }];
    for (const query of ["a.b", "(c)", "[d]", "$e", "^f", "*g", "\\h"]) {
      expect(matchingLines(lines, query)).toEqual([0]);
    }
    expect(matchingLines(lines, "")).toEqual([]);
  });
});
