import type Docker from "dockerode";
import { type StreamRequest, openStream } from "./client.ts";
import { readTransfer, type TransferReport } from "./transfer.ts";

export interface PullOptions {
  reference: string;
  /** `linux/arm64`; without it the engine's own. */
  platform?: string | undefined;
  registryAuth?: string | undefined;
}

/** Pulls an image, reporting each layer; aborting cancels the pull in the engine too. */
export async function pullImage(
  docker: Docker,
  { reference, platform, registryAuth }: PullOptions,
  report: (state: TransferReport) => void,
  signal: AbortSignal,
): Promise<void> {
  const request: StreamRequest = {
    method: "POST",
    path: "/images/create",
    query: { fromImage: withTag(reference), ...(platform === undefined ? {} : { platform }) },
    registryAuth,
    signal,
  };
  await readTransfer(await openStream(docker, request), `${reference} could not be pulled.`, report);
}

/** Without a tag Docker would pull every one of them. */
export function withTag(reference: string): string {
  const name = reference.trim();
  const last = name.slice(name.lastIndexOf("/") + 1);
  return last.includes(":") || last.includes("@") ? name : `${name}:latest`;
}
