import type { VmState } from "../contract/index.ts";
import { PROTOCOL_VERSION } from "../contract/protocol.ts";
import type { Services } from "../services.ts";
import { os } from "./base.ts";

/** Who this engine is; told to every client first, and outside of the contract to older and newer ones. */
export function identityOf(services: Services) {
  return {
    version: services.version,
    protocol: PROTOCOL_VERSION,
    pid: process.pid,
    home: services.paths.home,
    platform: process.platform,
    startedAt: services.startedAt.toISOString(),
  };
}

/** There is nothing to suspend or stop here, and a saved state is not thrown away by quitting. */
const atRest = new Set<VmState>(["absent", "stopped", "suspended", "broken"]);

export const system = {
  hello: os.system.hello.handler(({ context }) => identityOf(context.services)),
  quit: os.system.quit.handler(async ({ context, input }) => {
    const { machine } = context.services;
    if (!atRest.has(machine.snapshot().state)) {
      if (input.vm === "suspend") await machine.suspend();
      if (input.vm === "stop") await machine.stop();
    }
    context.quit();
  }),
  checks: os.system.checks.handler(({ context }) => context.services.diagnostics.run()),
  fix: os.system.fix.handler(async ({ context, input }) => {
    await context.services.diagnostics.fix(input.id);
    return context.services.diagnostics.run();
  }),
};

export const flow = {
  ack: os.flow.ack.handler(({ context, input }) => context.flow.ack(input.stream, input.seq)),
};
