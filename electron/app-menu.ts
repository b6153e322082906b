import { app, Menu } from "electron";
import type { MenuItemConstructorOptions } from "electron";

/** The standard menu with the system's own roles, so that copy, paste, zoom and close have their keys. */
export function setAppMenu(openSettings: () => void): void {
  const settings: MenuItemConstructorOptions = {
    label: "Settings…",
    accelerator: "CmdOrCtrl+,",
    click: openSettings,
  };
  const view: MenuItemConstructorOptions = {
    label: "View",
    submenu: [
      { role: "resetZoom" },
      { role: "zoomIn" },
      { role: "zoomOut" },
      { role: "togglefullscreen" },
      ...(app.isPackaged ? [] : ([{ role: "reload" }, { role: "toggleDevTools" }] as const)),
    ],
  };
  const edit: MenuItemConstructorOptions = { role: "editMenu" };
  const windows: MenuItemConstructorOptions = { role: "windowMenu" };
  const first: MenuItemConstructorOptions =
    process.platform === "darwin"
      ? {
          label: app.name,
          submenu: [
            { role: "about" },
            { type: "separator" },
            settings,
            { type: "separator" },
            { role: "hide" },
            { role: "hideOthers" },
            { role: "unhide" },
            { type: "separator" },
            { role: "quit" },
          ],
        }
      : { label: "Berth", submenu: [settings, { type: "separator" }, { role: "quit" }] };
  Menu.setApplicationMenu(Menu.buildFromTemplate([first, edit, view, windows]));
}
