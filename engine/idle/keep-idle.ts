import type { Activities } from "../activity/index.ts";
import type { Settings } from "../contract/index.ts";
import type { DockerModel } from "../docker/index.ts";
import { LiveSignal } from "../live/live-signal.ts";
import type { EngineMachine } from "../machine/index.ts";
import type { SettingsStore } from "../settings/index.ts";
import type { Logger } from "../vm.ts";
import { DockerTap, portTap } from "./client-taps.ts";
import { containerCpuPercent } from "./container-cpu.ts";
import type { IdleRules } from "./decision.ts";
import { IdleKeeper } from "./idle-keeper.ts";
import type { Use } from "./use.ts";

interface Parts {
  machine: EngineMachine;
  model: DockerModel;
  settings: SettingsStore;
  activities: Activities;
  use: Use;
  logger: Logger;
}

export interface Idle {
  keeper: IdleKeeper;
  /** Emitted when the keeper's report changed. */
  changed: LiveSignal;
  close: () => void;
}

/** Watches everything that tells whether the VM is used, and suspends it when it is not. */
export function keepIdle({ machine, model, settings, activities, use, logger }: Parts): Idle {
  const changed = new LiveSignal();
  const keeper = new IdleKeeper({
    machine,
    use,
    rules: () => idleRules(settings.get()),
    runningContainers: () => countRunning(model),
    activities: () => runningActivities(activities),
    containerCpuPercent: () => containerCpuPercent(machine.tunnel),
    logger,
    changed,
  });
  machine.tunnel.watchClients((kind) => (kind === "docker" ? new DockerTap(use) : portTap(use)));
  const review = () => keeper.review();
  const worked = () => {
    use.touch();
    review();
  };
  machine.on("change", review);
  settings.on("change", review);
  const stop = [
    () => machine.off("change", review),
    () => settings.off("change", review),
    use.onChange(review),
    model.containers.onChange(review),
    activities.list.onChange(worked),
  ];
  review();
  return {
    keeper,
    changed,
    close: () => {
      for (const end of stop) end();
      keeper.close();
    },
  };
}

function idleRules(settings: Settings): IdleRules {
  return {
    enabled: settings["idle.suspend"],
    afterMinutes: settings["idle.afterMinutes"],
    batteryMinutes: settings["idle.batteryMinutes"],
    withContainers: settings["idle.withContainers"],
    onLock: settings["power.onLock"] === "suspend",
  };
}

function countRunning(model: DockerModel): number | null {
  const containers = model.containers.all();
  return containers?.filter(({ state }) => state === "running" || state === "restarting").length ?? null;
}

function runningActivities(activities: Activities): string[] {
  const running = (activities.list.all() ?? []).filter(({ state }) => state === "running");
  return running.map(({ title }) => `"${title}" is under way`);
}
