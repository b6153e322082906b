import { activity } from "./activity.ts";
import { apps } from "./apps.ts";
import { os } from "./base.ts";
import { configuration } from "./configuration.ts";
import { builds } from "./builds.ts";
import { containers } from "./containers.ts";
import { disk } from "./disk.ts";
import { files } from "./files.ts";
import { host } from "./host.ts";
import { images } from "./images.ts";
import { logs } from "./logs.ts";
import { networks } from "./networks.ts";
import { ports } from "./ports.ts";
import { power } from "./power.ts";
import { registries } from "./registries.ts";
import { serve } from "./serve.ts";
import { settings } from "./settings.ts";
import { snapshots } from "./snapshots.ts";
import { space } from "./space.ts";
import { stats } from "./stats.ts";
import { flow, system } from "./system.ts";
import { templates } from "./templates.ts";
import { terminal } from "./terminal.ts";
import { transfer } from "./transfer.ts";
import { versions } from "./versions.ts";
import { vm } from "./vm.ts";
import { volumes } from "./volumes.ts";

/** The whole contract, implemented. */
export const router = os.router({
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
});
