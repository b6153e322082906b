import type { LucideIcon } from "@lucide/svelte";
import CircleStop from "@lucide/svelte/icons/circle-stop";
import Pause from "@lucide/svelte/icons/pause";
import Pencil from "@lucide/svelte/icons/pencil";
import Play from "@lucide/svelte/icons/play";
import RotateCw from "@lucide/svelte/icons/rotate-cw";
import Skull from "@lucide/svelte/icons/skull";
import Share from "@lucide/svelte/icons/share";
import Trash2 from "@lucide/svelte/icons/trash-2";
import type { ContainerSummary } from "../../../engine/contract/index.ts";
import { act } from "./act.ts";
import { type ContainerAction, isPossible } from "./container-state.ts";

export interface MenuItem {
  label: string;
  icon: LucideIcon;
  danger?: boolean;
  onselect: () => void;
}

/** Actions that are not done at once, because a person is asked first. */
export interface Asking {
  kill: (container: ContainerSummary) => void;
  remove: (container: ContainerSummary) => void;
  rename: (container: ContainerSummary) => void;
  export: (container: ContainerSummary) => void;
}

const ITEMS: readonly { action: ContainerAction; label: string; icon: LucideIcon; danger?: boolean }[] = [
  { action: "start", label: "Start", icon: Play },
  { action: "unpause", label: "Unpause", icon: Play },
  { action: "stop", label: "Stop", icon: CircleStop },
  { action: "restart", label: "Restart", icon: RotateCw },
  { action: "pause", label: "Pause", icon: Pause },
  { action: "rename", label: "Rename…", icon: Pencil },
  { action: "export", label: "Export…", icon: Share },
  { action: "kill", label: "Kill…", icon: Skull, danger: true },
  { action: "remove", label: "Remove…", icon: Trash2, danger: true },
];

/** What can be done with a container now. The first item is the likeliest wish. */
export function menuOf(container: ContainerSummary, asking: Asking): MenuItem[] {
  return ITEMS.filter(({ action }) => isPossible(action, container)).map(({ action, ...item }) => ({
    ...item,
    onselect: () => {
      if (action === "kill" || action === "remove" || action === "rename" || action === "export")
        asking[action](container);
      else void act(action, [container]);
    },
  }));
}
