import type { Component } from "svelte";
import type { LucideIcon } from "@lucide/svelte";
import Anchor from "@lucide/svelte/icons/anchor";
import Blocks from "@lucide/svelte/icons/blocks";
import Boxes from "@lucide/svelte/icons/boxes";
import Layers from "@lucide/svelte/icons/layers";
import Settings2 from "@lucide/svelte/icons/settings-2";
import AppsPage from "../pages/apps/AppsPage.svelte";
import Hammer from "@lucide/svelte/icons/hammer";
import Warehouse from "@lucide/svelte/icons/warehouse";
import BuildsPage from "../pages/builds/BuildsPage.svelte";
import ContainersPage from "../pages/containers/ContainersPage.svelte";
import HomePage from "../pages/home/HomePage.svelte";
import ImagesPage from "../pages/images/ImagesPage.svelte";
import RegistriesPage from "../pages/registries/RegistriesPage.svelte";
import RunPage from "../pages/run/RunPage.svelte";
import SettingsPage from "../pages/settings/SettingsPage.svelte";
import { apps, containers, images } from "../stores/model.svelte.ts";

export interface PageEntry {
  id: string;
  title: string;
  icon: LucideIcon;
  component: Component;
  /** Number beside the entry, null while unknown. */
  count?: () => number | null;
  /** Reached from elsewhere and not listed in the navigation. */
  unlisted?: boolean;
}

/** Every page of the window; a new page is one entry here. */
export const pages: readonly PageEntry[] = [
  { id: "home", title: "Home", icon: Anchor, component: HomePage },
  { id: "apps", title: "Apps", icon: Blocks, component: AppsPage, count: () => apps.count },
  {
    id: "containers",
    title: "Containers",
    icon: Boxes,
    component: ContainersPage,
    count: () => containers.count,
  },
  { id: "images", title: "Images", icon: Layers, component: ImagesPage, count: () => images.count },
  { id: "builds", title: "Builds", icon: Hammer, component: BuildsPage },
  { id: "registries", title: "Registries", icon: Warehouse, component: RegistriesPage },
  { id: "settings", title: "Settings", icon: Settings2, component: SettingsPage },
  { id: "run", title: "Run a container", icon: Boxes, component: RunPage, unlisted: true },
];

export function pageOf(id: string): PageEntry | undefined {
  return pages.find((page) => page.id === id);
}
