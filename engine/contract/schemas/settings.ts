import { z } from "zod";

/** When a changed setting takes effect. */
export type SettingEffect = "now" | "restart";

export interface SettingInfo {
  title: string;
  help: string;
  group: "VM" | "Idle and power" | "Application" | "Network";
  effect: SettingEffect;
}

/** What each setting may be. A key is `group.name`; units are in the names. */
const values = {
  "vm.cpus": z.int().min(1).max(64),
  "vm.memoryMiB": z.int().min(512).max(262_144),
  "vm.diskGiB": z.int().min(4).max(4096),
  "vm.accelerator": z.enum(["auto", "hvf", "whpx", "kvm", "tcg"]),
  "vm.startWithApp": z.boolean(),
  "vm.wakeWhenStopped": z.boolean(),
  "idle.suspend": z.boolean(),
  "idle.afterMinutes": z.int().min(1).max(1440),
  "idle.batteryMinutes": z.int().min(1).max(1440),
  "idle.withContainers": z.boolean(),
  "power.onSleep": z.enum(["pause", "suspend", "nothing"]),
  "power.onLock": z.enum(["nothing", "suspend"]),
  "app.quit": z.enum(["ask", "suspend", "stop", "keep"]),
  "app.theme": z.enum(["system", "dark", "light"]),
  "app.closeToTray": z.boolean(),
  "network.bindAddress": z.enum(["127.0.0.1", "0.0.0.0"]),
  "network.httpProxy": z
    .string()
    .regex(/^$|^https?:\/\/[^\s]+$/, "An http:// or https:// address, or empty for none."),
  "network.noProxy": z.string(),
  "registries.mirrors": z
    .string()
    .regex(
      /^(\s*https?:\/\/[^\s,/]+\/?\s*(,|$))*$/,
      "Addresses such as https://mirror.example.com, separated by commas.",
    ),
  "registries.insecure": z
    .string()
    .regex(
      /^(\s*[A-Za-z0-9._[\]:-]+(\/\d+)?\s*(,|$))*$/,
      "Addresses such as registry.example.com:5000, separated by commas.",
    ),
};

/** Every setting of Berth: one flat schema that the file, the CLI (`berth config`) and the window share. */
export const settingsSchema = z.strictObject({
  "vm.cpus": values["vm.cpus"].default(2),
  "vm.memoryMiB": values["vm.memoryMiB"].default(2048),
  "vm.diskGiB": values["vm.diskGiB"].default(64),
  "vm.accelerator": values["vm.accelerator"].default("auto"),
  "vm.startWithApp": values["vm.startWithApp"].default(true),
  "vm.wakeWhenStopped": values["vm.wakeWhenStopped"].default(false),
  "idle.suspend": values["idle.suspend"].default(true),
  "idle.afterMinutes": values["idle.afterMinutes"].default(30),
  "idle.batteryMinutes": values["idle.batteryMinutes"].default(10),
  "idle.withContainers": values["idle.withContainers"].default(false),
  "power.onSleep": values["power.onSleep"].default("pause"),
  "power.onLock": values["power.onLock"].default("nothing"),
  "app.quit": values["app.quit"].default("ask"),
  "app.theme": values["app.theme"].default("system"),
  "app.closeToTray": values["app.closeToTray"].default(true),
  "network.bindAddress": values["network.bindAddress"].default("127.0.0.1"),
  "network.httpProxy": values["network.httpProxy"].default(""),
  "network.noProxy": values["network.noProxy"].default(""),
  "registries.mirrors": values["registries.mirrors"].default(""),
  "registries.insecure": values["registries.insecure"].default(""),
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
  "vm.wakeWhenStopped": {
    title: "Start the VM on demand",
    help: "A Docker client or a visitor of a published port starts a stopped VM too. A suspended one always wakes.",
    group: "VM",
    effect: "now",
  },
  "idle.suspend": {
    title: "Suspend when idle",
    help: "Save the VM to disk when nothing uses it. The next Docker command or visitor brings it back.",
    group: "Idle and power",
    effect: "now",
  },
  "idle.afterMinutes": {
    title: "Idle after",
    help: "Minutes without a Docker command, traffic of published ports or work of containers.",
    group: "Idle and power",
    effect: "now",
  },
  "idle.batteryMinutes": {
    title: "Idle after, on battery",
    help: "The same while your computer runs on its battery, if that is sooner.",
    group: "Idle and power",
    effect: "now",
  },
  "idle.withContainers": {
    title: "Also while containers run",
    help: "Running containers that do nothing are saved as they are. Their own timers stand still until the VM wakes.",
    group: "Idle and power",
    effect: "now",
  },
  "power.onSleep": {
    title: "When the computer sleeps",
    help: "What happens to the VM when you close the lid or the computer goes to sleep.",
    group: "Idle and power",
    effect: "now",
  },
  "power.onLock": {
    title: "When the screen is locked",
    help: "Suspend the VM without waiting for the idle time. What is at work is never interrupted.",
    group: "Idle and power",
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
  "registries.mirrors": {
    title: "Mirrors of Docker Hub",
    help: "Registries that are asked before Docker Hub, separated by commas.",
    group: "Network",
    effect: "restart",
  },
  "registries.insecure": {
    title: "Insecure registries",
    help: "Registries without encryption or with a certificate that is not checked, separated by commas.",
    group: "Network",
    effect: "restart",
  },
};
