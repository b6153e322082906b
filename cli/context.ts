import type { BerthClient } from "../engine/contract/index.ts";
import { resolveHome } from "../engine/contract/endpoint.ts";
import type { Output } from "./output.ts";
import type { Surroundings } from "./surroundings.ts";

/** Options that every command takes. */
export interface GlobalOptions {
  home?: string;
  json?: boolean;
  yes?: boolean;
}

/** What a command works with. */
export class Context {
  readonly surroundings: Surroundings;
  readonly output: Output;
  readonly home: string;
  /** Questions are answered with yes. */
  readonly yes: boolean;

  constructor(surroundings: Surroundings, output: Output, options: GlobalOptions) {
    this.surroundings = surroundings;
    this.output = output;
    const { environment, platform } = surroundings;
    const chosen = options.home === undefined ? environment : { ...environment, BERTH_HOME: options.home };
    this.home = resolveHome(chosen, platform);
    this.yes = options.yes === true;
  }

  /** Runs `use` with a client of the home's engine, starting an engine where none runs. */
  async withEngine<T>(use: (client: BerthClient) => Promise<T>): Promise<T> {
    const connection = await this.surroundings.connect(this.home, true);
    try {
      return await use(connection.client);
    } finally {
      await connection.close();
    }
  }
}
