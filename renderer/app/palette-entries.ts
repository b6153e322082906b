import type { ContainerSummary, Status } from "../../engine/contract/index.ts";
import type { BerthClient } from "../../engine/contract/client.ts";
import { settingInfo } from "../../engine/contract/schemas/settings.ts";
import { formatHash } from "../stores/route.ts";
import { pages } from "./pages.ts";
import { vmWords } from "./vm-words.ts";

export interface PaletteEntry {
  id: string;
  group: "Pages" | "VM" | "Containers" | "Settings";
  label: string;
  /** Further words it is found by. */
  keywords: string;
  /** Where it leads, or what it does. */
  go?: string;
  run?: (client: BerthClient) => Promise<unknown>;
}

/** Everything that the palette reaches right now. */
export function paletteEntries(
  status: Status | null,
  containers: readonly ContainerSummary[],
): readonly PaletteEntry[] {
  return [
    ...pageEntries(),
    ...vmEntries(status),
    ...containers.flatMap(containerEntries),
    ...settingEntries(),
  ];
}

/** Entries in which every word of the query occurs, those that begin with it first. */
export function findEntries(entries: readonly PaletteEntry[], query: string): readonly PaletteEntry[] {
  const words = query
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  const found = entries.filter((entry) => {
    const text = `${entry.label} ${entry.group} ${entry.keywords}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  const first = words[0] ?? "";
  return found.sort((a, b) => rank(b, first) - rank(a, first));
}

function rank(entry: PaletteEntry, word: string): number {
  return word !== "" && entry.label.toLowerCase().startsWith(word) ? 1 : 0;
}

function pageEntries(): PaletteEntry[] {
  return pages.map((page) => ({
    id: `page-${page.id}`,
    group: "Pages",
    label: page.title,
    keywords: "go open",
    go: formatHash([page.id]),
  }));
}

function vmEntries(status: Status | null): PaletteEntry[] {
  if (status === null) return [];
  const { actions, word } = vmWords(status.state);
  return actions.map((action) => ({
    id: `vm-${action.id}`,
    group: "VM",
    label: action.id === "cancel" ? `Cancel: ${word}` : `${action.label} the VM`,
    keywords: "machine engine docker",
    run: action.run,
  }));
}

function containerEntries(container: ContainerSummary): PaletteEntry[] {
  const { id, name } = container;
  const entry = (what: string, run: PaletteEntry["run"]): PaletteEntry => ({
    id: `${what}-${id}`,
    group: "Containers",
    label: `${what} ${name}`,
    keywords: container.image,
    ...(run === undefined ? { go: formatHash(["containers", id]) } : { run }),
  });
  const actions =
    container.state === "running"
      ? [
          entry("Stop", (client) => client.containers.stop({ id })),
          entry("Restart", (client) => client.containers.restart({ id })),
        ]
      : [entry("Start", (client) => client.containers.start({ id }))];
  return [entry("Open", undefined), ...actions];
}

function settingEntries(): PaletteEntry[] {
  return Object.entries(settingInfo).map(([key, info]) => ({
    id: `setting-${key}`,
    group: "Settings",
    label: info.title,
    keywords: `${key} ${info.help}`,
    go: formatHash(["settings"], { q: info.title }),
  }));
}
