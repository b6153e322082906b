import { createHash } from "node:crypto";
import { access, constants } from "node:fs/promises";
import os from "node:os";
import { z } from "zod";
import { BerthError } from "../../errors.ts";
import { readJsonFile, writeJsonFile } from "../../files/json-file.ts";
import type { Accelerator, AcceleratorSetting } from "../../types.ts";

const names = ["hvf", "whpx", "kvm", "tcg"] as const satisfies readonly Accelerator[];

const memorySchema = z.record(
  z.string(),
  z.object({
    accelerator: z.enum(names),
    /** Why better candidates were passed over, for people. */
    refused: z.array(z.object({ accelerator: z.enum(names), reason: z.string() })),
    at: z.string(),
  }),
);
export type RefusedAccelerator = z.infer<typeof memorySchema>[string]["refused"][number];

/** What is worth trying on this computer, best first. Emulation always works, so it is always last. */
export async function acceleratorCandidates(
  setting: AcceleratorSetting,
  environment: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): Promise<Accelerator[]> {
  const forced = environment["BERTH_ACCEL"];
  if (forced && forced !== "auto") {
    const known = names.find((name) => name === forced);
    if (known) return [known];
    throw new BerthError({
      code: "accelerator_unknown",
      message: `BERTH_ACCEL is "${forced}", which is no accelerator.`,
      hint: `Set it to one of ${names.join(", ")} or auto, or remove it.`,
    });
  }
  if (setting !== "auto") return [setting];
  switch (platform) {
    case "darwin":
      return ["hvf", "tcg"];
    case "win32":
      return ["whpx", "tcg"];
    default:
      return (await kvmOpens()) ? ["kvm", "tcg"] : ["tcg"];
  }
}

async function kvmOpens(): Promise<boolean> {
  try {
    await access("/dev/kvm", constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Remembers which accelerator really booted a guest, for one combination of host, QEMU and image. When any
 * of them changes, all candidates get a new chance.
 */
export class AcceleratorMemory {
  readonly #file: string;
  readonly #key: string;

  constructor(file: string, qemuVersion: string, imageHash: string) {
    this.#file = file;
    const host = [os.arch(), os.release(), os.cpus()[0]?.model ?? "", qemuVersion, imageHash].join("\n");
    this.#key = createHash("sha256").update(host).digest("hex").slice(0, 32);
  }

  async recall(): Promise<Accelerator | null> {
    const memory = await readJsonFile(this.#file, memorySchema);
    return memory.kind === "value" ? (memory.value[this.#key]?.accelerator ?? null) : null;
  }

  async remember(accelerator: Accelerator, refused: RefusedAccelerator[]): Promise<void> {
    const memory = await readJsonFile(this.#file, memorySchema);
    const entries = memory.kind === "value" ? memory.value : {};
    entries[this.#key] = { accelerator, refused, at: new Date().toISOString() };
    await writeJsonFile(this.#file, entries);
  }
}
