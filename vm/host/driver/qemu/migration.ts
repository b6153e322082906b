import { BerthError } from "../../errors.ts";
import type { QmpClient } from "./qmp-client.ts";
import { migrationEvent, type QmpEvent } from "./qmp-commands.ts";

/**
 * Saving and loading a machine with QEMU's migration to a file. mapped-ram gives every page its place in a
 * sparse file, multifd writes and reads it with several threads: the fastest of the ways measured.
 */
const capabilities = ["events", "mapped-ram", "multifd"];
const parameters = { "multifd-channels": 2, "max-bandwidth": 100 * 2 ** 30 };
const timeoutMs = 300_000;

/** Writes the stopped machine to the file. When it fails, the machine can simply be continued. */
export async function saveTo(qmp: QmpClient, file: string): Promise<void> {
  try {
    await setCapabilities(qmp, true);
    await qmp.execute("migrate-set-parameters", { arguments: parameters });
    await during(qmp, () => qmp.execute("migrate", { arguments: { uri: `file:${file}` } }));
  } catch (error) {
    if (!qmp.closed) {
      // Capabilities stay set otherwise, and colour every later migration.
      await qmp.execute("migrate_cancel").catch(() => undefined);
      await setCapabilities(qmp, false).catch(() => undefined);
    }
    throw error;
  }
}

/** Loads the file into a machine that waits for it; the machine is paused afterwards. */
export async function loadFrom(qmp: QmpClient, file: string): Promise<void> {
  await setCapabilities(qmp, true);
  await qmp.execute("migrate-set-parameters", { arguments: parameters });
  await during(qmp, () => qmp.execute("migrate-incoming", { arguments: { uri: `file:${file}` } }));
  await setCapabilities(qmp, false);
}

async function setCapabilities(qmp: QmpClient, state: boolean): Promise<void> {
  await qmp.execute("migrate-set-capabilities", {
    arguments: { capabilities: capabilities.map((capability) => ({ capability, state })) },
  });
}

/** Starts a migration and waits for its end as told by events. */
async function during(qmp: QmpClient, begin: () => Promise<unknown>): Promise<void> {
  let stopListening: () => void = () => undefined;
  const end = new Promise<void>((resolve, reject) => {
    const onEvent = ({ event, data }: QmpEvent) => {
      const status = event === "MIGRATION" ? migrationEvent.safeParse(data).data?.status : undefined;
      if (status === "completed") resolve();
      if (status === "failed" || status === "cancelled") {
        void reasonOf(qmp).then((reason) => reject(failed(reason)));
      }
    };
    const onClose = () => reject(failed("QEMU ended"));
    const timer = setTimeout(() => reject(failed(`it took longer than ${timeoutMs / 1000} s`)), timeoutMs);
    qmp.on("event", onEvent);
    qmp.on("close", onClose);
    stopListening = () => {
      clearTimeout(timer);
      qmp.off("event", onEvent);
      qmp.off("close", onClose);
    };
  });
  try {
    await Promise.all([begin(), end]);
  } finally {
    stopListening();
  }
}

async function reasonOf(qmp: QmpClient): Promise<string> {
  const reply = await qmp.execute("query-migrate").catch(() => null);
  return reply?.["error-desc"] ?? "QEMU gave no reason";
}

function failed(reason: string): BerthError {
  return new BerthError({
    code: "state_transfer_failed",
    message: `The state of the VM could not be transferred: ${reason}.`,
    hint: "Check the free space on this computer's disk; details are in `berth logs qemu`.",
  });
}
