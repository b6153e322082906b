import { activity } from "./activity.ts";
import { os } from "./base.ts";
import { containers } from "./containers.ts";
import { images } from "./images.ts";
import { ports } from "./ports.ts";
import { serve } from "./serve.ts";
import { settings } from "./settings.ts";
import { flow, system } from "./system.ts";
import { terminal } from "./terminal.ts";
import { vm } from "./vm.ts";
import { volumes } from "./volumes.ts";

/** The whole contract, implemented. */
export const router = os.router({
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
});
