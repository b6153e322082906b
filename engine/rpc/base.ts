import { implement } from "@orpc/server";
import { contract } from "../contract/contract.ts";
import type { StreamBatch } from "../contract/streams.ts";
import { toContractError } from "../errors.ts";
import type { Services } from "../services.ts";
import type { FlowControl, FlowOptions } from "./flow.ts";

/** What every procedure gets: the engine, and its caller's connection. */
export interface RequestContext {
  services: Services;
  flow: FlowControl;
  /** Ends the engine after the answer has left. */
  quit: () => void;
}

/** Implements the contract; every failure leaves as the contract's one typed error. */
export const os = implement(contract)
  .$context<RequestContext>()
  .use(async ({ next, context, path }) => {
    if (isUse(path)) context.services.use.touch();
    try {
      return await next();
    } catch (error) {
      throw toContractError(error, path.join("."), context.services.logger);
    }
  });

/** These are about Berth itself, or only look on; all others are somebody's use of Docker. */
const notUse = new Set(["system", "flow", "vm", "disk", "power", "activity", "settings", "serve"]);

function isUse([group = "", name = ""]: readonly string[]): boolean {
  return !notUse.has(group) && !name.startsWith("watch");
}

interface StreamCall {
  context: RequestContext;
  signal?: AbortSignal | undefined;
  path: readonly string[];
}

/** Answers a call with a stream of acknowledged batches. */
export async function* streaming<T>(
  call: StreamCall,
  produce: (signal: AbortSignal) => AsyncIterable<T>,
  options?: FlowOptions<T>,
): AsyncGenerator<StreamBatch<T>, void, void> {
  const { flow, services } = call.context;
  try {
    yield* flow.stream(produce, call.signal, options);
  } catch (error) {
    throw toContractError(error, call.path.join("."), services.logger);
  }
}
