import { describe, expect, it } from "vitest";
import type { ImageSummary } from "../../../engine/contract/index.ts";
import { imageAge, imageName, imagesShown } from "../../../renderer/pages/images/image-list.ts";

function image(id: string, tags: string[], sizeBytes: number, createdAt: string): ImageSummary {
  return {
    id: `sha256:${id.repeat(64)}`,
    tags,
    digests: [],
    createdAt,
    sizeBytes,
    sharedBytes: null,
    usedBy: [],
  };
}

const list = [
  image("a", [], 5, "2026-01-04T00:00:00Z"),
  image("b", ["redis:8"], 137, "2026-01-01T00:00:00Z"),
  image("c", ["alpine:3.22", "alpine:latest"], 8, "2026-01-03T00:00:00Z"),
];
const names = (images: readonly ImageSummary[]): string[] => images.map(imageName);

describe("the list of images", () => {
  it("sorts by name with untagged ones last", () => {
    expect(names(imagesShown(list, "", "name", false))).toEqual(["alpine:3.22", "redis:8", "aaaaaaaaaaaa"]);
  });

  it("sorts by size and by age", () => {
    expect(names(imagesShown(list, "", "size", true))[0]).toBe("redis:8");
    expect(names(imagesShown(list, "", "created", false))).toEqual([
      "aaaaaaaaaaaa",
      "alpine:3.22",
      "redis:8",
    ]);
  });

  it("finds any tag, the id, and those without a tag", () => {
    expect(names(imagesShown(list, "latest", "name", false))).toEqual(["alpine:3.22"]);
    expect(names(imagesShown(list, "bbbb", "name", false))).toEqual(["redis:8"]);
    expect(names(imagesShown(list, "untagged", "name", false))).toEqual(["aaaaaaaaaaaa"]);
  });

  it("tells an age in days, and never one in the future", () => {
    const made = image("d", [], 0, "2026-01-01T00:00:00Z");
    expect(imageAge(made, Date.parse("2026-01-02T01:00:00Z"))).toBe("1 day ago");
    expect(imageAge(made, Date.parse("2026-01-01T03:05:00Z"))).toBe("3 h 5 min ago");
    expect(imageAge(made, Date.parse("2025-12-31T00:00:00Z"))).toBe("under 1 min ago");
  });
});
