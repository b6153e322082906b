import { describeFailure, type Failure } from "../../../../engine/contract/client.ts";
import type { VersionTree } from "../../../../engine/contract/index.ts";
import { engine } from "../../../connection/index.ts";

/** The versions of one container, asked for again whenever something happened to them. */
export class VersionTreeStore {
  tree: VersionTree | null = $state.raw(null);
  failure: Failure | null = $state.raw(null);
  private readonly id: string;
  private asked = 0;

  constructor(id: string) {
    this.id = id;
  }

  /** Only the answer to the last question counts. */
  async refresh(): Promise<void> {
    const client = engine.client;
    if (client === null) return;
    const mine = (this.asked += 1);
    try {
      const tree = await client.versions.tree({ id: this.id });
      if (mine !== this.asked) return;
      this.tree = tree;
      this.failure = null;
    } catch (error) {
      if (mine === this.asked) this.failure = describeFailure(error);
    }
  }
}
