import type { Configuration } from "../../../../engine/contract/index.ts";

const WORDS: readonly (readonly [keyof Configuration, string])[] = [
  ["image", "image"],
  ["command", "command"],
  ["entrypoint", "entrypoint"],
  ["user", "user"],
  ["workingDirectory", "working directory"],
  ["environment", "environment"],
  ["ports", "ports"],
  ["publishAll", "exposed ports"],
  ["mounts", "volumes"],
  ["volumesFrom", "volumes from others"],
  ["networking", "network"],
  ["links", "links"],
  ["restart", "restart policy"],
  ["limits", "limits"],
  ["healthCheck", "health check"],
  ["labels", "labels"],
];

/** Versions of containers are images that no registry has, and what is named by its id has no newer one. */
export function isPullable(image: string): boolean {
  return !image.startsWith("berth-versions/") && !/^(sha256:)?[0-9a-f]{12,64}$|@sha256:/.test(image);
}

/** What differs between two configurations, in words: "image", "ports". */
export function changedParts(before: Configuration, after: Configuration): string[] {
  return WORDS.filter(([part]) => JSON.stringify(before[part]) !== JSON.stringify(after[part])).map(
    ([, word]) => word,
  );
}

/** The volumes that a container keeps although it is made anew, and those that it no longer mounts. */
export function volumesOf(
  before: Configuration,
  after: Configuration,
): { kept: string[]; detached: string[] } {
  const names = (configuration: Configuration): string[] => [
    ...new Set(
      configuration.mounts
        .flatMap((mount) =>
          mount.type === "volume"
            ? [
                mount.name ??
                  (mount.anonymousVolume === null ? [] : `the nameless one at ${mount.containerPath}`),
              ]
            : [],
        )
        .flat(),
    ),
  ];
  const later = new Set(names(after));
  const now = names(before);
  return { kept: now.filter((name) => later.has(name)), detached: now.filter((name) => !later.has(name)) };
}
