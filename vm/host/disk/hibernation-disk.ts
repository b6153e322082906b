import { chmod, readFile, rm } from "node:fs/promises";
import { BerthError } from "../errors.ts";
import { runImageTool } from "./image-tool.ts";

const pageBytes = 4096;
/** The kernel's mark of an image, at the end of the first page (kernel/power/swap.c). */
const signature = "S1SUSPEND";
const signatureAt = pageBytes - 10;

/** Makes the disk blank, so that the guest finds nothing to go on from. Its size allows for all of the memory. */
export async function blankHibernationDisk(
  file: string,
  imageTool: string,
  memoryMiB: number,
): Promise<void> {
  await rm(file, { force: true });
  try {
    await runImageTool(imageTool, ["create", "-q", "-f", "qcow2", file, `${memoryMiB + 64}M`]);
    await chmod(file, 0o600);
  } catch (cause) {
    throw new BerthError({
      code: "disk_not_created",
      message: `The disk ${file}, which the VM hibernates to, could not be created.`,
      hint: "Check that the folder is writable and its disk has some free space.",
      cause,
    });
  }
}

/** Whether the kernel finished an image on it. */
export async function holdsImage(file: string, imageTool: string): Promise<boolean> {
  const page = `${file}.page`;
  try {
    const args = ["dd", "-f", "qcow2", "-O", "raw", `bs=${pageBytes}`, "count=1", `if=${file}`, `of=${page}`];
    await runImageTool(imageTool, args);
    const content = await readFile(page);
    return content.subarray(signatureAt, signatureAt + signature.length).toString("latin1") === signature;
  } finally {
    await rm(page, { force: true });
  }
}
