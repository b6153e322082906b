import type { Component } from "svelte";
import type { LucideIcon } from "@lucide/svelte";
import Anchor from "@lucide/svelte/icons/anchor";
import Blocks from "@lucide/svelte/icons/blocks";
import Boxes from "@lucide/svelte/icons/boxes";
import Layers from "@lucide/svelte/icons/layers";
import LayoutTemplate from "@lucide/svelte/icons/layout-template";
import Settings2 from "@lucide/svelte/icons/settings-2";
import AppsPage from "../pages/apps/AppsPage.svelte";
import Database from "@lucide/svelte/icons/database";
import HardDrive from "@lucide/svelte/icons/hard-drive";
import Network from "@lucide/svelte/icons/network";
import Hammer from "@lucide/svelte/icons/hammer";
import Warehouse from "@lucide/svelte/icons/warehouse";
import BuildsPage from "../pages/builds/BuildsPage.svelte";
import ContainersPage from "../pages/containers/ContainersPage.svelte";
import DiskPage from "../pages/disk/DiskPage.svelte";
import HomePage from "../pages/home/HomePage.svelte";
import ImagesPage from "../pages/images/ImagesPage.svelte";
import NetworksPage from "../pages/networks/NetworksPage.svelte";
import VolumesPage from "../pages/volumes/VolumesPage.svelte";
import RegistriesPage from "../pages/registries/RegistriesPage.svelte";
import RunPage from "../pages/run/RunPage.svelte";
import SettingsPage from "../pages/settings/SettingsPage.svelte";
import TemplatesPage from "../pages/templates/TemplatesPage.svelte";
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
  { id: "templates", title: "Templates", icon: LayoutTemplate, component: TemplatesPage },
  {
    id: "containers",
    title: "Containers",
    icon: Boxes,
    component: ContainersPage,
    count: () => containers.count,
  },
  { id: "images", title: "Images", icon: Layers, component: ImagesPage, count: () => images.count },
  { id: "builds", title: "Builds", icon: Hammer, component: BuildsPage },
  { id: "volumes", title: "Volumes", icon: Database, component: VolumesPage },
  { id: "networks", title: "Networks", icon: Network, component: NetworksPage },
  { id: "disk", title: "Disk", icon: HardDrive, component: DiskPage },
  { id: "registries", title: "Registries", icon: Warehouse, component: RegistriesPage },
  { id: "settings", title: "Settings", icon: Settings2, component: SettingsPage },
  { id: "run", title: "Run a container", icon: Boxes, component: RunPage, unlisted: true },
];

export function pageOf(id: string): PageEntry | undefined {
  return pages.find((page) => page.id === id);
}
