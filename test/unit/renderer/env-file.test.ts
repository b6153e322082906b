import { expect, it } from "vitest";
import { mergeVariables, readEnvFile } from "../../../renderer/pages/run/env-file.ts";

it("reads a file of variables as docker run --env-file does", () => {
  const text = '\uFEFF# a comment\r\nA=1\r\n\n  B="two words" # kept \nA=3\nEMPTY=\nHOME\n=x\nC D=1\nURL=a=b';
  expect(readEnvFile(text)).toEqual({
    variables: [
      { name: "B", value: '"two words" # kept ' },
      { name: "A", value: "3" },
      { name: "EMPTY", value: "" },
      { name: "URL", value: "a=b" },
    ],
    skipped: ["line 7", "line 8", "line 9"],
  });
});

it("puts them into the rows that are there, each name once", () => {
  const rows = [{ key: "1", name: "A", value: "old" }];
  mergeVariables(rows, [
    { name: "A", value: "new" },
    { name: "B", value: "2" },
  ]);
  expect(rows.map(({ name, value }) => `${name}=${value}`)).toEqual(["A=new", "B=2"]);
});
