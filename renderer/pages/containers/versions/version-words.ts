import type { Version, VersionTree } from "../../../../engine/contract/index.ts";
import { count } from "../../../formats/quantity.ts";

type Changes = VersionTree["changes"];

/** "3 files added, 1 changed, 2 removed"; empty where nothing differs. */
export function changeWords({ added, modified, deleted }: Changes): string {
  const parts = [
    { number: added, word: "added" },
    { number: modified, word: "changed" },
    { number: deleted, word: "removed" },
  ].filter(({ number }) => number > 0);
  return parts
    .map(({ number, word }, index) =>
      index === 0 ? `${count(number, "file")} ${word}` : `${number} ${word}`,
    )
    .join(", ");
}

/** How a version is called in a sentence: `version 3 (before the upgrade)`. */
export function versionName({ number, note }: Version): string {
  return note === "" ? `version ${number}` : `version ${number} (${note})`;
}

/** An image tag that suggests itself: `shop-api:v3`. Repositories are written in small letters. */
export function suggestedTag(container: string, { number }: Version): string {
  const repository = container
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "");
  return `${repository === "" ? "container" : repository}:v${number}`;
}

/** A name for a fork that no container has yet. */
export function suggestedFork(container: string, taken: ReadonlySet<string>): string {
  const plain = container.replaceAll(/[^a-zA-Z0-9_.-]/g, "-").replace(/^[^a-zA-Z0-9]+/, "") || "container";
  const name = (number: number): string => `${plain}-fork${number === 1 ? "" : `-${number}`}`;
  let number = 1;
  while (taken.has(name(number))) number += 1;
  return name(number);
}
