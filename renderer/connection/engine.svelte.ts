import { PROTOCOL_VERSION } from "../../engine/contract/index.ts";
import { describeFailure, type BerthClient, type Failure } from "../../engine/contract/client.ts";
import { openTransport } from "./transport.ts";

export type EnginePhase = "connecting" | "ready" | "lost" | "refused";

/** The connection to the engine as the window sees it. `client` is set only while it may be called. */
class Engine {
  phase: EnginePhase = $state("connecting");
  client: BerthClient | null = $state.raw(null);
  /** Why the engine was refused, when it was. */
  failure: Failure | null = $state.raw(null);
  /** Why the shell cannot reach or start an engine. */
  notice: Failure | null = $state.raw(null);
  version: string | null = $state(null);
  /** True while somebody can see the window; streams rest otherwise. */
  visible: boolean = $state(!document.hidden);

  connect(): void {
    document.addEventListener("visibilitychange", () => (this.visible = !document.hidden));
    openTransport({
      connected: (client) => void this.greet(client),
      lost: () => {
        this.client = null;
        if (this.phase !== "refused") this.phase = "lost";
      },
      notice: (failure) => (this.notice = failure),
    });
  }

  /** The client, or an error in people's words while there is none. */
  get required(): BerthClient {
    if (this.client === null) throw new Error("Berth is not connected to its engine at the moment.");
    return this.client;
  }

  private async greet(client: BerthClient): Promise<void> {
    try {
      const hello = await client.system.hello({ version: __BERTH_VERSION__, protocol: PROTOCOL_VERSION });
      this.version = hello.version;
      this.failure = null;
      this.notice = null;
      this.client = client;
      this.phase = "ready";
    } catch (error) {
      this.failure = describeFailure(error);
      this.client = null;
      this.phase = "refused";
    }
  }
}

export const engine = new Engine();
