import type { ImageSummary } from "../../../engine/contract/index.ts";

/** What a dialog asks about images. */
export type ImageQuestion =
  | { kind: "remove" | "tag" | "push" | "save"; image: ImageSummary }
  | { kind: "pull"; reference: string }
  | { kind: "load" | "import" | "prune" };
