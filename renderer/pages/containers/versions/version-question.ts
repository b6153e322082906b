import type { Version } from "../../../../engine/contract/index.ts";

/** What a dialog asks about versions; `version: null` is the container as it is now. */
export type VersionQuestion =
  | { kind: "snapshot" }
  | { kind: "fork" | "changes"; version: Version | null }
  | { kind: "revert" | "promote" | "delete"; version: Version };
