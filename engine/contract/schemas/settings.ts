import { z } from "zod";

/** When a changed setting takes effect. */
export type SettingEffect = "now" | "restart";

export interface SettingInfo {
  title: string;
  help: string;
  group: "VM" | "Application" | "Network";
  effect: SettingEffect;
}

/** What each setting may be. A key is `group.name`; units are in the names. */
const values = {
  "vm.cpus": z.int().min(1).max(64),
  "vm.memoryMiB": z.int().min(512).max(262_144),
  "vm.diskGiB": z.int().min(4).max(4096),
  "vm.accelerator": z.enum(["auto", "hvf", "whpx", "kvm", "tcg"]),
  "vm.startWithApp": z.boolean(),
  "app.quit": z.enum(["ask", "suspend", "stop", "keep"]),
  "app.theme": z.enum(["system", "dark", "light"]),
  "app.closeToTray": z.boolean(),
  "network.bindAddress": z.enum(["127.0.0.1", "0.0.0.0"]),
  "network.httpProxy": z
    .string()
    .regex(/^$|^https?:\/\/[^\s]+$/, "An http:// or https:// address, or empty for none."),
  "network.noProxy": z.string(),
};

/** Every setting of Berth: one flat schema that the file, the CLI (`berth config`) and the window share. */
export const settingsSchema = z.strictObject({
  "vm.cpus": values["vm.cpus"].default(2),
  "vm.memoryMiB": values["vm.memoryMiB"].default(2048),
  "vm.diskGiB": values["vm.diskGiB"].default(64),
  "vm.accelerator": values["vm.accelerator"].default("auto"),
  "vm.startWithApp": values["vm.startWithApp"].default(true),
  "app.quit": values["app.quit"].default("ask"),
  "app.theme": values["app.theme"].default("system"),
  "app.closeToTray": values["app.closeToTray"].default(true),
  "network.bindAddress": values["network.bindAddress"].default("127.0.0.1"),
  "network.httpProxy": values["network.httpProxy"].default(""),
  "network.noProxy": values["network.noProxy"].default(""),
});
export type Settings = z.infer<typeof settingsSchema>;
export type SettingKey = keyof Settings;

/** A change of some settings. Built without defaults: a default would reset every key left out. */
export const settingsPatchSchema = z.strictObject(values).partial();
export type SettingsPatch = z.infer<typeof settingsPatchSchema>;

/** Title, help and effect of each setting, for `config list` and the Settings page. */
export const settingInfo: Record<SettingKey, SettingInfo> = {
  "vm.cpus": {
    title: "CPUs",
    help: "Processor cores that the VM may use.",
    group: "VM",
    effect: "restart",
  },
  "vm.memoryMiB": {
    title: "Memory",
    help: "The most memory that the VM may use, in MiB. What it does not use stays with your computer.",
    group: "VM",
    effect: "restart",
  },
  "vm.diskGiB": {
    title: "Disk",
    help: "The most disk that the VM may use, in GiB. It takes only what is stored, and can grow but not shrink.",
    group: "VM",
    effect: "restart",
  },
  "vm.accelerator": {
    title: "Accelerator",
    help: "How the VM runs. Automatic takes the fastest one on which the VM really starts.",
    group: "VM",
    effect: "restart",
  },
  "vm.startWithApp": {
    title: "Start the VM with Berth",
    help: "Start or resume the VM when the window opens.",
    group: "Application",
    effect: "now",
  },
  "app.quit": {
    title: "When you quit",
    help: "What happens to the VM when you quit Berth.",
    group: "Application",
    effect: "now",
  },
  "app.theme": {
    title: "Theme",
    help: "Dark, light, or as your system.",
    group: "Application",
    effect: "now",
  },
  "app.closeToTray": {
    title: "Stay in the tray",
    help: "Closing the window leaves Berth in the system tray.",
    group: "Application",
    effect: "now",
  },
  "network.bindAddress": {
    title: "Published ports listen on",
    help: "127.0.0.1 is this computer only; 0.0.0.0 lets other computers of your network in.",
    group: "Network",
    effect: "now",
  },
  "network.httpProxy": {
    title: "Proxy",
    help: "Address of the proxy that the engine uses to pull images.",
    group: "Network",
    effect: "restart",
  },
  "network.noProxy": {
    title: "No proxy for",
    help: "Host names that are reached without the proxy, separated by commas.",
    group: "Network",
    effect: "restart",
  },
};
