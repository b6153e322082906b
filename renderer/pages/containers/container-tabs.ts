import type { Component } from "svelte";
import type { ContainerSummary } from "../../../engine/contract/index.ts";
import ContainerConfiguration from "./ContainerConfiguration.svelte";
import ContainerFiles from "./ContainerFiles.svelte";
import ContainerInspect from "./ContainerInspect.svelte";
import ContainerLogs from "./ContainerLogs.svelte";
import ContainerOverview from "./ContainerOverview.svelte";
import ContainerStats from "./ContainerStats.svelte";
import ContainerTerminal from "./ContainerTerminal.svelte";
import ContainerVersions from "./ContainerVersions.svelte";

export interface ContainerTab {
  /** Stands in the address. */
  value: string;
  label: string;
  /** Made anew for each container; gone while another tab is shown. */
  component: Component<{ container: ContainerSummary }>;
}

/** Everything that a container's page shows; a new tab is one entry here. The first is shown at first. */
export const CONTAINER_TABS: readonly [ContainerTab, ...ContainerTab[]] = [
  { value: "overview", label: "Overview", component: ContainerOverview },
  { value: "logs", label: "Logs", component: ContainerLogs },
  { value: "terminal", label: "Terminal", component: ContainerTerminal },
  { value: "files", label: "Files", component: ContainerFiles },
  { value: "stats", label: "Stats", component: ContainerStats },
  { value: "configuration", label: "Configuration", component: ContainerConfiguration },
  { value: "versions", label: "Versions", component: ContainerVersions },
  { value: "inspect", label: "Inspect", component: ContainerInspect },
];
