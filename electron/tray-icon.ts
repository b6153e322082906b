import { existsSync } from "node:fs";
import { nativeImage } from "electron";
import type { NativeImage } from "electron";
import { iconFile } from "./app-places.ts";
import type { TrayLook } from "./tray-model.ts";

/** The tray's picture for a state; on macOS a template image, which the system colours. */
export function trayIcon(look: TrayLook): NativeImage {
  const mac = process.platform === "darwin";
  const file = iconFile(mac ? `tray-${look}-Template.png` : `tray-${look}.png`);
  return existsSync(file) ? nativeImage.createFromPath(file) : nativeImage.createEmpty();
}
