import { activity } from "./groups/activity.ts";
import { containers } from "./groups/containers.ts";
import { images } from "./groups/images.ts";
import { ports } from "./groups/ports.ts";
import { serve } from "./groups/serve.ts";
import { settings } from "./groups/settings.ts";
import { flow, system } from "./groups/system.ts";
import { terminal } from "./groups/terminal.ts";
import { vm } from "./groups/vm.ts";
import { volumes } from "./groups/volumes.ts";

/** Everything that the engine does for its clients. */
export const contract = {
  system,
  flow,
  vm,
  terminal,
  containers,
  images,
  volumes,
  ports,
  activity,
  settings,
  serve,
};
