import type { Check } from "../contract/index.ts";
import type { Services } from "../services.ts";
import { BerthError } from "../vm.ts";
import { inspect, type Inspection } from "./check.ts";
import { guestInspections } from "./guest-checks.ts";
import { hostInspections } from "./host-checks.ts";

/** Looks for what is wrong, and repairs what can be repaired without a person. */
export class Diagnostics {
  readonly #inspections: Inspection[];

  constructor(services: Services) {
    this.#inspections = [...hostInspections(services), ...guestInspections(services)];
  }

  run(): Promise<Check[]> {
    return Promise.all(this.#inspections.map(inspect));
  }

  /** Repairs what one check found. */
  async fix(id: string): Promise<void> {
    const inspection = this.#inspections.find((candidate) => candidate.id === id);
    if (inspection === undefined) {
      const known = this.#inspections.map((candidate) => candidate.id).join(", ");
      throw new BerthError({
        code: "not_found",
        message: `There is no check called "${id}".`,
        hint: `Known are: ${known}.`,
      });
    }
    const check = await inspect(inspection);
    if (check.ok) return;
    if (inspection.repair === undefined || !check.automatic) {
      throw new BerthError({
        code: "fix_not_automatic",
        message: `${check.problem ?? inspection.title} Berth cannot repair that by itself.`,
        hint: check.fix ?? "See docs/.",
      });
    }
    await inspection.repair();
  }
}
