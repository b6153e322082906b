import { followValue } from "../live/live-value.ts";
import { openVmLog } from "../machine/index.ts";
import { os, streaming } from "./base.ts";
import { openedFirst } from "./opened-first.ts";

/** How long a status waits for a tunnel that is being rebuilt, for example after an adoption. */
const STATUS_PATIENCE_MS = 3_000;

export const vm = {
  status: os.vm.status.handler(async ({ context: { services } }) => {
    await Promise.all([services.diskUse.refresh(), services.dockerKnown(STATUS_PATIENCE_MS)]);
    return services.status();
  }),
  watch: os.vm.watch.handler((call) => {
    const { services } = call.context;
    return streaming(call, (signal) =>
      followValue(() => services.status(), services.statusChanged.subscribe, signal),
    );
  }),
  start: os.vm.start.handler(({ context, input }) => context.services.machine.start({ cold: input.cold })),
  stop: os.vm.stop.handler(({ context, input }) => context.services.machine.stop({ force: input.force })),
  restart: os.vm.restart.handler(({ context }) => context.services.machine.restart()),
  pause: os.vm.pause.handler(({ context }) => context.services.machine.pause()),
  unpause: os.vm.unpause.handler(({ context }) => context.services.machine.unpause()),
  suspend: os.vm.suspend.handler(({ context }) => context.services.machine.suspend()),
  resume: os.vm.resume.handler(({ context }) => context.services.machine.resume()),
  cancel: os.vm.cancel.handler(({ context }) => {
    const { machine } = context.services;
    return machine.cancelSuspend() || machine.cancelStart();
  }),
  delete: os.vm.delete.handler(({ context, input }) =>
    context.services.machine.delete({ keepData: input.keepData }),
  ),
  resources: os.vm.resources.handler((call) =>
    streaming(call, (signal) => call.context.services.resources.follow(signal)),
  ),
  logs: os.vm.logs.handler((call) => {
    const { machine, logger } = call.context.services;
    const { source, follow, tailLines } = call.input;
    return openedFirst(call.signal, (signal) =>
      openVmLog(machine, logger.file, source, { follow, tailLines, signal }),
    ).then((lines) => streaming(call, lines, { weigh: (line) => line.length }));
  }),
};
