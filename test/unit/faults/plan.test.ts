import { expect, test } from "vitest";
import { planKills } from "../../faults/plan.ts";
import { Random } from "../../faults/random.ts";

test("the long form kills 200 times and more, spread over processes, states and transitions", () => {
  const kills = planKills("long", 1);
  const of = (victim: string) => kills.filter((kill) => kill.victim === victim).length;
  expect(kills.length).toBeGreaterThanOrEqual(200);
  expect(of("qemu")).toBeGreaterThanOrEqual(60);
  expect(of("engine")).toBeGreaterThanOrEqual(40);
  for (const daemon of ["dockerd", "containerd", "sshd"]) expect(of(daemon)).toBeGreaterThanOrEqual(20);
  expect(new Set(kills.map(({ id }) => id)).size).toBe(kills.length);
  const inSuspend = kills.filter(({ id }) => /^kill qemu in suspend at \d+% \d+$/.test(id));
  expect(new Set(inSuspend.map(({ moment }) => (moment.kind === "during" ? moment.at : 0))).size).toBe(20);
});

test("the seed decides the order and the moments", () => {
  expect(planKills("long", 7)).toEqual(planKills("long", 7));
  expect(planKills("long", 7)).not.toEqual(planKills("long", 8));
  const random = new Random(3);
  const numbers = Array.from({ length: 1000 }, () => random.next());
  expect(numbers.every((number) => number >= 0 && number < 1)).toBe(true);
  expect(new Set(numbers).size).toBe(1000);
});
