import type { Berth } from "./berth.ts";
import { waitFor } from "./program.ts";

/** A container that prints 1, 2, 3, … five times a second: a gap in the numbers is a lost moment. */
export class Counter {
  readonly #berth: Berth;
  readonly #name: string;

  private constructor(berth: Berth, name: string) {
    this.#berth = berth;
    this.#name = name;
  }

  static async start(berth: Berth, name: string): Promise<Counter> {
    const script = "i=0; while :; do i=$((i+1)); echo $i; sleep 0.2; done";
    await berth.docker(["run", "-d", "--name", name, "berth/welcome", "sh", "-c", script]);
    const counter = new Counter(berth, name);
    await counter.moved(0);
    return counter;
  }

  /** All numbers so far; fails when they are not 1, 2, 3, … */
  async numbers(): Promise<number> {
    const numbers = (await this.#berth.docker(["logs", this.#name])).trim().split("\n").map(Number);
    const wrong = numbers.findIndex((number, index) => number !== index + 1);
    if (wrong !== -1) throw new Error(`After ${wrong} the counter says ${numbers[wrong]}.`);
    return numbers.length;
  }

  /** Waits until the counter is past `number`; answers where it is. */
  moved(number: number): Promise<number> {
    return waitFor(`the counter to go past ${number}`, async () => {
      const now = await this.numbers();
      return now > number ? now : null;
    });
  }

  /** When the container started: the same as long as it was never restarted. */
  async startedAt(): Promise<string> {
    return (await this.#berth.docker(["inspect", "-f", "{{.State.StartedAt}}", this.#name])).trim();
  }

  async remove(): Promise<void> {
    await this.#berth.docker(["rm", "-f", this.#name]);
  }
}
