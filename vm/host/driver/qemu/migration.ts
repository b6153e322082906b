import { BerthError } from "../../errors.ts";
import type { SaveOptions } from "../driver.ts";
import type { QmpClient } from "./qmp-client.ts";
import { migrationEvent, type QmpEvent } from "./qmp-commands.ts";

/**
 * Saving and loading a machine with QEMU's migration to a file. mapped-ram gives every page its place in a
 * sparse file, multifd writes and reads it with several threads: the fastest of the ways measured.
 */
const capabilities = ["events", "mapped-ram", "multifd"];
const parameters = { "multifd-channels": 2, "max-bandwidth": 100 * 2 ** 30 };
const timeoutMs = 300_000;
const progressMs = 200;
const cancelMs = 10_000;

/**
 * Writes the stopped machine to the file. When it fails or is called off, the machine can simply be continued.
 */
export async function saveTo(qmp: QmpClient, file: string, options: SaveOptions): Promise<void> {
  const { signal } = options;
  try {
    signal?.throwIfAborted();
    await setCapabilities(qmp, true);
    await qmp.execute("migrate-set-parameters", { arguments: parameters });
    const ticker = setInterval(() => void report(qmp, options), progressMs);
    const cancel = () => void qmp.execute("migrate_cancel").catch(() => undefined);
    signal?.addEventListener("abort", cancel, { once: true });
    try {
      await during(qmp, () => qmp.execute("migrate", { arguments: { uri: `file:${file}` } }));
      signal?.throwIfAborted();
    } finally {
      clearInterval(ticker);
      signal?.removeEventListener("abort", cancel);
    }
  } catch (error) {
    if (!qmp.closed) await abandonSave(qmp);
    signal?.throwIfAborted();
    throw error;
  }
}

/** Ends what is left of a migration: QEMU would stop a machine that was continued once it is done. */
export async function abandonSave(qmp: QmpClient): Promise<void> {
  const status = await statusOf(qmp);
  if (status !== null && busy.has(status)) {
    await during(qmp, () => qmp.execute("migrate_cancel"), cancelMs).catch(() => undefined);
  }
  // Capabilities stay set otherwise, and colour every later migration.
  await setCapabilities(qmp, false).catch(() => undefined);
}

const busy: ReadonlySet<string> = new Set(["setup", "active", "device", "pre-switchover", "cancelling"]);

async function statusOf(qmp: QmpClient): Promise<string | null> {
  return (await qmp.execute("query-migrate").catch(() => null))?.status ?? null;
}

async function report(qmp: QmpClient, { onProgress }: SaveOptions): Promise<void> {
  const ram = (await qmp.execute("query-migrate").catch(() => null))?.ram;
  if (ram) onProgress?.({ done: ram.total - ram.remaining, total: ram.total });
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
async function during(qmp: QmpClient, begin: () => Promise<unknown>, limitMs = timeoutMs): Promise<void> {
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
    const timer = setTimeout(() => reject(failed(`it took longer than ${limitMs / 1000} s`)), limitMs);
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
