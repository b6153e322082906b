import { execFile } from "node:child_process";
import { chmod, rename, rm } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { syncFile, syncFolder } from "../files/atomic-file.ts";

const run = promisify(execFile);

interface ImageToolOptions {
  timeoutMs?: number;
  cwd?: string;
  /** Bytes of its answer, at most. */
  maxBuffer?: number;
}

/** Runs qemu-img and gives its answer; rejects as `execFile` does, with its exit code. */
export async function runImageTool(
  imageTool: string,
  args: string[],
  { timeoutMs = 60_000, ...options }: ImageToolOptions = {},
): Promise<string> {
  const { stdout } = await run(imageTool, args, { ...options, timeout: timeoutMs, windowsHide: true });
  return stdout;
}

/**
 * Makes a qcow2 file in one step: it is there whole, private and safe from a power loss, or nothing has changed. With
 * `base` it rests on that file of the same folder and replaces what is there.
 */
export async function putDisk(
  imageTool: string,
  file: string,
  content: { base: string } | { sizeGiB: number },
): Promise<void> {
  const fresh = `${file}.new`;
  const what =
    "base" in content ? ["-b", content.base, "-F", "qcow2", fresh] : [fresh, `${content.sizeGiB}G`];
  await rm(fresh, { force: true });
  try {
    await runImageTool(imageTool, ["create", "-q", "-f", "qcow2", "-o", "lazy_refcounts=on", ...what]);
    await chmod(fresh, 0o600);
    await syncFile(fresh);
    await rename(fresh, file);
    await syncFolder(path.dirname(file));
  } catch (error) {
    await rm(fresh, { force: true });
    throw error;
  }
}
