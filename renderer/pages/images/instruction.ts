import type { HistoryEntry } from "../../../engine/contract/index.ts";

/** What made a layer, as the line of a Dockerfile that it once was; builders wrap it in words of their own. */
export function instruction({ createdBy, comment }: HistoryEntry): { word: string; rest: string } {
  const plain = createdBy
    .replace(/^\/bin\/sh -c #\(nop\)\s*/, "")
    .replace(/^(?:RUN )?(?:\|\d+ (?:\S+=\S* )*)?\/bin\/sh -c /, "RUN ")
    .replace(/\s*# buildkit$/, "")
    .trim();
  const [, word = "", rest = ""] = /^([A-Z]+)\s+(.*)$/s.exec(plain) ?? [];
  if (word !== "") return { word, rest };
  return plain === "" ? { word: "", rest: comment } : { word: "", rest: plain };
}
