import type Docker from "dockerode";
import { openStream } from "./client.ts";
import { parseReference, repositoryName } from "./reference.ts";
import { readTransfer, type TransferReport } from "./transfer.ts";

/** Docker wants the header even when there is nothing to say. */
const ANONYMOUS = Buffer.from("{}").toString("base64url");

/** Pushes one tag, reporting each layer; aborting cancels the push in the engine too. */
export async function pushImage(
  docker: Docker,
  { reference, registryAuth }: { reference: string; registryAuth: string | undefined },
  report: (state: TransferReport) => void,
  signal: AbortSignal,
): Promise<void> {
  const parsed = parseReference(reference);
  const answer = await openStream(docker, {
    method: "POST",
    path: `/images/${repositoryName(parsed)}/push`,
    query: { tag: parsed.tag ?? "latest" },
    registryAuth: registryAuth ?? ANONYMOUS,
    signal,
  });
  await readTransfer(answer, `${reference} could not be pushed.`, report);
}
