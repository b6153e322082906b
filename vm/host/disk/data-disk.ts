import { open, stat } from "node:fs/promises";
import { z } from "zod";
import { BerthError, systemCode } from "../errors.ts";
import { sizeOf } from "../files/file-size.ts";
import { putDisk, runImageTool } from "./image-tool.ts";

const bytesPerGiB = 2 ** 30;

const infoSchema = z.object({ "virtual-size": z.number(), "dirty-flag": z.boolean().default(false) });

/** The data disk of the VM: a qcow2 file that is created once and never overwritten. */
export class DataDisk {
  readonly file: string;
  readonly #imageTool: string;

  constructor(file: string, imageTool: string) {
    this.file = file;
    this.#imageTool = imageTool;
  }

  /** Makes sure the disk is there, whole and at least as large as wanted. Returns its size in GiB. */
  async ensure(wantedGiB: number): Promise<{ sizeGiB: number; created: boolean }> {
    if (!(await diskExists(this.file))) {
      await this.#create(wantedGiB);
      return { sizeGiB: wantedGiB, created: true };
    }
    const bytes = await this.virtualBytes();
    const wantedBytes = wantedGiB * bytesPerGiB;
    if (wantedBytes < bytes) {
      throw shrinkRefused(bytes, wantedGiB);
    }
    if (wantedBytes > bytes) await this.#grow(wantedBytes);
    return { sizeGiB: wantedGiB, created: false };
  }

  /** Size the guest sees. Throws `disk_damaged` when the file is no readable qcow2. */
  async virtualBytes(): Promise<number> {
    return (await this.#info())["virtual-size"];
  }

  async #info(): Promise<z.infer<typeof infoSchema>> {
    await this.#checkHeader();
    const text = await runImageTool(
      this.#imageTool,
      ["info", "--force-share", "--output=json", "-f", "qcow2", this.file],
      { timeoutMs: 30_000 },
    ).catch((cause: unknown) => {
      throw this.#damaged("qemu-img cannot read it", cause);
    });
    try {
      return infoSchema.parse(JSON.parse(text));
    } catch (cause) {
      throw this.#damaged("qemu-img describes it strangely", cause);
    }
  }

  /**
   * Looks for damage in the tables of the file, without changing it; for use after QEMU died. Leaks (lost
   * space) are harmless and pass, and so does a file marked dirty: QEMU rebuilds its counters on opening it.
   */
  async check(): Promise<void> {
    if ((await this.#info())["dirty-flag"]) return;
    const outcome = await runImageTool(this.#imageTool, ["check", "-f", "qcow2", this.file], {
      timeoutMs: 300_000,
    }).then(
      () => ({ code: 0, cause: null as unknown }),
      (cause: unknown) => ({ code: exitCodeOf(cause), cause }),
    );
    // 0: fine; 3: leaks only; 2: errors found; 1: could not check (qemu-img(1)).
    if (outcome.code === 0 || outcome.code === 3) return;
    throw this.#damaged("its tables contradict each other", outcome.cause);
  }

  async #create(sizeGiB: number): Promise<void> {
    try {
      await putDisk(this.#imageTool, this.file, { sizeGiB });
    } catch (cause) {
      throw new BerthError({
        code: "disk_not_created",
        message: `The data disk ${this.file} could not be created.`,
        hint: "Check that the folder is writable and its disk has some free space.",
        cause,
      });
    }
  }

  async #grow(bytes: number): Promise<void> {
    try {
      await runImageTool(this.#imageTool, ["resize", "-q", "-f", "qcow2", this.file, String(bytes)]);
    } catch (cause) {
      throw new BerthError({
        code: "disk_not_grown",
        message: `The data disk could not be made ${formatGiB(bytes)} GiB large.`,
        hint: "Set the former size again to start without the change; your data is not touched.",
        cause,
      });
    }
  }

  async #checkHeader(): Promise<void> {
    const handle = await open(this.file, "r");
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), 0, 4, 0);
      // qcow2 files begin with "QFI\xfb".
      if (bytesRead === 4 && buffer.readUInt32BE(0) === 0x514649fb) return;
    } finally {
      await handle.close();
    }
    throw this.#damaged("its beginning is not that of a qcow2 disk");
  }

  #damaged(how: string, cause?: unknown): BerthError {
    return new BerthError({
      code: "disk_damaged",
      message: `The data disk ${this.file} is damaged: ${how}. Nothing has been changed in it.`,
      hint: `Put a backup of the file in its place, try \`qemu-img check -r all\` on a copy of it, or begin anew with \`berth delete\`.`,
      cause,
    });
  }
}

/** The answer to who wants a smaller disk than there is. */
export function shrinkRefused(presentBytes: number, wantedGiB: number): BerthError {
  return new BerthError({
    code: "disk_shrink",
    message: `The data disk has ${formatGiB(presentBytes)} GiB and cannot be made smaller (${wantedGiB} GiB asked).`,
    hint: `Set the disk size to ${Math.ceil(presentBytes / bytesPerGiB)} GiB or more. Unused space takes no room on this computer.`,
  });
}

export async function diskExists(file: string): Promise<boolean> {
  return (await sizeOf(file)) !== null;
}

/** Bytes a sparse file really occupies; 0 when there is none. */
export async function occupiedBytes(file: string): Promise<number> {
  try {
    const facts = await stat(file);
    // Windows reports no blocks.
    return process.platform === "win32" ? facts.size : facts.blocks * 512;
  } catch (error) {
    if (systemCode(error) === "ENOENT") return 0;
    throw error;
  }
}

function exitCodeOf(error: unknown): number {
  return error instanceof Error && "code" in error && typeof error.code === "number" ? error.code : 1;
}

function formatGiB(bytes: number): string {
  return String(Math.round((bytes / bytesPerGiB) * 10) / 10);
}
