import type { ImageSummary } from "../../../engine/contract/index.ts";
import { count, formatSpan } from "../../formats/quantity.ts";
import { byText } from "../../formats/text-order.ts";
import { holdsAll, wordsOf } from "../../formats/text-search.ts";

export const IMAGE_COLUMNS = ["name", "size", "own", "created", "used"] as const;
export type ImageColumn = (typeof IMAGE_COLUMNS)[number];

const DAY_MS = 86_400_000;

/** What an image is called: its first tag, or the start of its id where it has none. */
export function imageName(image: ImageSummary): string {
  return image.tags[0] ?? shortId(image);
}

/** The twelve characters by which Docker shows an id. */
export function shortId({ id }: ImageSummary): string {
  return id.replace(/^sha256:/, "").slice(0, 12);
}

/** Bytes that no other image uses; all of them while Docker has not counted. */
export function ownBytes({ sizeBytes, sharedBytes }: ImageSummary): number {
  return Math.max(0, sizeBytes - (sharedBytes ?? 0));
}

/** How old an image is, in whole days once it is older than one. */
export function imageAge({ createdAt }: ImageSummary, nowMs: number): string {
  const ageMs = Math.max(0, nowMs - Date.parse(createdAt));
  const days = Math.floor(ageMs / DAY_MS);
  return days < 1 ? `${formatSpan(ageMs)} ago` : `${count(days, "day")} ago`;
}

/** The images that hold every word of the search, sorted; equal ones by name. */
export function imagesShown(
  images: readonly ImageSummary[],
  search: string,
  column: ImageColumn,
  descending: boolean,
): ImageSummary[] {
  const words = wordsOf(search);
  const direction = descending ? -1 : 1;
  return images
    .filter((image) =>
      holdsAll(words, () =>
        [...image.tags, shortId(image), ...(image.tags.length === 0 ? ["untagged"] : [])].join("\n"),
      ),
    )
    .sort((a, b) => direction * compare(a, b, column) || byText.compare(imageName(a), imageName(b)));
}

function compare(a: ImageSummary, b: ImageSummary, column: ImageColumn): number {
  switch (column) {
    case "name":
      // Images without a tag come last: they have no name to be found by.
      return (
        Number(a.tags.length === 0) - Number(b.tags.length === 0) ||
        byText.compare(imageName(a), imageName(b))
      );
    case "size":
      return a.sizeBytes - b.sizeBytes;
    case "own":
      return ownBytes(a) - ownBytes(b);
    case "created":
      return Date.parse(b.createdAt) - Date.parse(a.createdAt);
    case "used":
      return a.usedBy.length - b.usedBy.length;
  }
}
