import type { ContainerSample } from "../../../../engine/contract/index.ts";

/** An hour of samples, one about every second. */
const KEPT = 3600;
/** A longer silence is a gap in the lines, and not a straight line over it. */
const GAP_SECONDS = 5;

type Figure = Exclude<keyof ContainerSample, "id" | "at">;

/** What a container used while its page was open, oldest first. */
export class StatsHistory {
  readonly times: number[] = [];
  private readonly samples: (ContainerSample | null)[] = [];

  push(sample: ContainerSample): void {
    const time = Date.parse(sample.at) / 1000;
    const last = this.times.at(-1);
    if (last !== undefined && time <= last) return;
    if (last !== undefined && time - last > GAP_SECONDS) this.add(last + 1, null);
    this.add(time, sample);
  }

  values(figure: Figure): (number | null)[] {
    return this.samples.map((sample) => sample?.[figure] ?? null);
  }

  private add(time: number, sample: ContainerSample | null): void {
    this.times.push(time);
    this.samples.push(sample);
    if (this.times.length > KEPT) {
      this.times.shift();
      this.samples.shift();
    }
  }
}
