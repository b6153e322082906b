import { Menu, Tray } from "electron";
import type { MenuItemConstructorOptions } from "electron";
import { trayIcon } from "./tray-icon.ts";
import type { TrayAction, TrayContainer, TrayModel } from "./tray-model.ts";

/** What the tray's items do. */
export interface TrayHandlers {
  vm: (action: TrayAction) => void;
  openAddress: (address: string) => void;
  stopContainer: (id: string) => void;
  openWindow: (page?: string) => void;
  quit: () => void;
}

const actionLabels: Record<TrayAction, string> = {
  start: "Start",
  resume: "Resume",
  suspend: "Suspend",
  stop: "Stop",
  unpause: "Continue",
};

/** The icon in the system tray with its menu; works without a window and redraws only on change. */
export class BerthTray {
  readonly #tray: Tray;
  readonly #handlers: TrayHandlers;
  #shown: string;

  constructor(model: TrayModel, handlers: TrayHandlers) {
    this.#handlers = handlers;
    this.#shown = JSON.stringify(model);
    this.#tray = new Tray(trayIcon(model.look));
    this.#draw(model);
    this.#tray.on("click", () => {
      if (process.platform !== "darwin") handlers.openWindow();
    });
  }

  update(model: TrayModel): void {
    const next = JSON.stringify(model);
    if (next === this.#shown) return;
    this.#shown = next;
    this.#tray.setImage(trayIcon(model.look));
    this.#draw(model);
  }

  destroy(): void {
    this.#tray.destroy();
  }

  #draw(model: TrayModel): void {
    this.#tray.setToolTip(`Berth: ${model.line}`);
    this.#tray.setContextMenu(Menu.buildFromTemplate(this.#menu(model)));
  }

  #menu(model: TrayModel): MenuItemConstructorOptions[] {
    const { vm, openWindow, quit } = this.#handlers;
    const problem = model.problem === null ? [] : [{ label: literal(model.problem), enabled: false }];
    const more =
      model.more === 0 ? [] : [{ label: `${model.more} more`, click: () => openWindow("containers") }];
    return [
      { label: model.line, enabled: false },
      ...problem,
      ...model.actions.map((action) => ({ label: actionLabels[action], click: () => vm(action) })),
      { type: "separator" },
      ...model.containers.map((container) => this.#containerItem(container)),
      ...more,
      { type: "separator" },
      { label: "Open Berth", click: () => openWindow() },
      { label: "Settings", click: () => openWindow("settings") },
      { type: "separator" },
      { label: "Quit Berth", click: quit },
    ];
  }

  #containerItem({ id, name, addresses }: TrayContainer): MenuItemConstructorOptions {
    const { openAddress, stopContainer } = this.#handlers;
    return {
      label: literal(name),
      submenu: [
        ...addresses.map((address) => ({
          label: `Open ${new URL(address).host}`,
          click: () => openAddress(address),
        })),
        { type: "separator" as const },
        { label: "Stop", click: () => stopContainer(id) },
      ],
    };
  }
}

/** A text as a label: an ampersand would name a shortcut. */
function literal(text: string): string {
  return text.replaceAll("&", "&&");
}
