import type { LucideIcon } from "@lucide/svelte";
import ArrowDownToLine from "@lucide/svelte/icons/arrow-down-to-line";
import CircleStop from "@lucide/svelte/icons/circle-stop";
import FileCode from "@lucide/svelte/icons/file-code";
import Hammer from "@lucide/svelte/icons/hammer";
import LayoutTemplate from "@lucide/svelte/icons/layout-template";
import Pause from "@lucide/svelte/icons/pause";
import Play from "@lucide/svelte/icons/play";
import RefreshCw from "@lucide/svelte/icons/refresh-cw";
import RotateCw from "@lucide/svelte/icons/rotate-cw";
import Scaling from "@lucide/svelte/icons/scaling";
import Square from "@lucide/svelte/icons/square";
import Trash2 from "@lucide/svelte/icons/trash-2";
import type { App, AppService } from "../../../engine/contract/index.ts";
import { act, actOnService, rebuild } from "./act.ts";
import { actionsOf, type AppAction, isAlive } from "./app-state.ts";

export interface MenuItem {
  label: string;
  icon: LucideIcon;
  danger?: boolean;
  onselect: () => void;
}

/** What needs more than a click: a question, a number, another page. */
export interface Asking {
  /** `forget`: the app also goes from the list. */
  remove: (apps: readonly App[], forget: boolean) => void;
  scale: (app: App, service: AppService) => void;
  edit: (app: App) => void;
  saveAsTemplate: (app: App) => void;
}

const items: Record<AppAction, { label: string; icon: LucideIcon; danger?: boolean }> = {
  up: { label: "Up", icon: Play },
  start: { label: "Start", icon: Play },
  unpause: { label: "Unpause", icon: Play },
  stop: { label: "Stop", icon: CircleStop },
  restart: { label: "Restart", icon: RotateCw },
  pause: { label: "Pause", icon: Pause },
  pull: { label: "Pull newer images", icon: ArrowDownToLine },
  edit: { label: "Edit Compose file", icon: FileCode },
  down: { label: "Take down…", icon: Square, danger: true },
  remove: { label: "Remove…", icon: Trash2, danger: true },
};

/** What can be done with an app now. The first item is the likeliest wish. */
export function menuOf(app: App, asking: Asking): MenuItem[] {
  const own: MenuItem[] = actionsOf(app).map((action) => {
    const item = items[action];
    const named =
      action === "up" && app.state !== "absent" && app.state !== "partial"
        ? { ...item, label: "Apply changes (up)", icon: RefreshCw }
        : action === "edit" && app.source.kind === "dockerfile"
          ? { ...item, label: "Edit Dockerfile" }
          : item;
    return {
      ...named,
      onselect: () => {
        if (action === "down" || action === "remove") asking.remove([app], action === "remove");
        else if (action === "edit") asking.edit(app);
        else void act(action, [app]);
      },
    };
  });
  // A template is made of containers as they are.
  if (app.services.every(({ containers }) => containers.length === 0)) return own;
  const saving: MenuItem = {
    label: "Save as template…",
    icon: LayoutTemplate,
    onselect: () => asking.saveAsTemplate(app),
  };
  const harmless = own.filter(({ danger }) => danger !== true);
  return [...harmless, saving, ...own.filter(({ danger }) => danger === true)];
}

/** What can be done with one service of a project. */
export function serviceMenuOf(app: App, service: AppService, asking: Asking): MenuItem[] {
  const known = app.source.kind !== "elsewhere";
  const direct = (action: "start" | "stop" | "restart" | "pause" | "unpause" | "pull"): MenuItem => ({
    ...items[action],
    onselect: () => void actOnService(action, app, service.name),
  });
  const rebuilding: MenuItem = {
    label: "Rebuild and recreate",
    icon: Hammer,
    onselect: () => void rebuild(app, service.name),
  };
  const scaling: MenuItem = {
    label: "Scale…",
    icon: Scaling,
    onselect: () => asking.scale(app, service),
  };
  const life =
    service.state === "paused"
      ? [direct("unpause"), direct("stop")]
      : isAlive(service)
        ? [direct("stop"), direct("restart"), direct("pause")]
        : service.state === "absent"
          ? []
          : [direct("start")];
  if (!known) return life;
  return [...life, service.builds ? rebuilding : direct("pull"), scaling];
}
