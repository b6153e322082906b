import type { VolumeSummary } from "../../../engine/contract/index.ts";
import { byText } from "../../formats/text-order.ts";
import { holdsAll, wordsOf } from "../../formats/text-search.ts";

export const VOLUME_COLUMNS = ["name", "used", "size", "created"] as const;
export type VolumeColumn = (typeof VOLUME_COLUMNS)[number];

/** The volumes whose name, project or users hold every word, sorted. */
export function volumesShown(
  volumes: readonly VolumeSummary[],
  search: string,
  column: VolumeColumn,
  descending: boolean,
): VolumeSummary[] {
  const words = wordsOf(search);
  const direction = descending ? -1 : 1;
  return volumes
    .filter(({ id, project, usedBy }) =>
      holdsAll(words, () => [id, project ?? "", ...usedBy.map(({ name }) => name)].join(" ")),
    )
    .sort((a, b) => direction * compare(a, b, column) || byText.compare(a.id, b.id));
}

function compare(a: VolumeSummary, b: VolumeSummary, column: VolumeColumn): number {
  switch (column) {
    case "name":
      // Anonymous ones last: their names say nothing.
      return Number(a.anonymous) - Number(b.anonymous) || byText.compare(a.id, b.id);
    case "used":
      return a.usedBy.length - b.usedBy.length;
    case "size":
      return (a.sizeBytes ?? 0) - (b.sizeBytes ?? 0);
    case "created":
      return (b.createdAt ?? "").localeCompare(a.createdAt ?? "");
  }
}
