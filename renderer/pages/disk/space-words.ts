import type { DiskUsage, ReclaimKind, Space } from "../../../engine/contract/index.ts";

export const partTitles: Record<Space["parts"][number]["id"] | "other", string> = {
  images: "Images",
  containers: "Containers",
  volumes: "Volumes",
  buildCache: "Build cache",
  logs: "Logs",
  other: "Everything else",
};

export const reclaimWords: Record<ReclaimKind, { title: string; about: string; noun: string }> = {
  images: { title: "Unused images", about: "No container was made from them.", noun: "image" },
  buildCache: { title: "Build cache", about: "The next builds take longer once.", noun: "record" },
  volumes: {
    title: "Anonymous volumes",
    about: "Nothing uses them; what is in them is lost.",
    noun: "volume",
  },
  containers: {
    title: "Stopped containers",
    about: "With what they wrote; volumes stay.",
    noun: "container",
  },
};

/** The parts of the bar with what Docker does not count: the system's own files, and what was deleted just now. */
export function barParts(space: Space, disk: DiskUsage): { id: keyof typeof partTitles; bytes: number }[] {
  const known = space.parts.map(({ id, bytes }) => ({ id, bytes }));
  const counted = known.reduce((sum, { bytes }) => sum + bytes, 0);
  const other = Math.max(0, (disk.guestUsedBytes ?? counted) - counted);
  return [...known, { id: "other" as const, bytes: other }].filter(({ bytes }) => bytes > 0);
}
