import { activity } from "./groups/activity.ts";
import { apps } from "./groups/apps.ts";
import { configuration } from "./groups/configuration.ts";
import { builds } from "./groups/builds.ts";
import { containers } from "./groups/containers.ts";
import { disk } from "./groups/disk.ts";
import { files } from "./groups/files.ts";
import { host } from "./groups/host.ts";
import { images } from "./groups/images.ts";
import { logs } from "./groups/logs.ts";
import { networks } from "./groups/networks.ts";
import { ports } from "./groups/ports.ts";
import { power } from "./groups/power.ts";
import { registries } from "./groups/registries.ts";
import { serve } from "./groups/serve.ts";
import { settings } from "./groups/settings.ts";
import { snapshots } from "./groups/snapshots.ts";
import { space } from "./groups/space.ts";
import { stats } from "./groups/stats.ts";
import { flow, system } from "./groups/system.ts";
import { templates } from "./groups/templates.ts";
import { terminal } from "./groups/terminal.ts";
import { transfer } from "./groups/transfer.ts";
import { versions } from "./groups/versions.ts";
import { vm } from "./groups/vm.ts";
import { volumes } from "./groups/volumes.ts";

/** Everything that the engine does for its clients. */
export const contract = {
  system,
  flow,
  vm,
  disk,
  snapshots,
  power,
  terminal,
  apps,
  containers,
  configuration,
  versions,
  templates,
  transfer,
  files,
  logs,
  stats,
  host,
  images,
  builds,
  registries,
  volumes,
  networks,
  space,
  ports,
  activity,
  settings,
  serve,
};
