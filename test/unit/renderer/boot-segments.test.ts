import { describe, expect, it } from "vitest";
import { bootSegments } from "../../../renderer/pages/home/boot-segments.ts";

describe("the time line of a start", () => {
  it("shows each phase as the time since the one before", () => {
    const phases = [
      { name: "qemu", ms: 1000 },
      { name: "disk", ms: 1500 },
      { name: "dockerd", ms: 4000 },
    ];
    expect(bootSegments(phases, null, 0).map(({ word, ms }) => [word, ms])).toEqual([
      ["Power on", 1000],
      ["Data disk", 500],
      ["Docker engine", 2500],
    ]);
  });

  it("joins neighbours of one word and keeps the order of what ran side by side", () => {
    const phases = [
      { name: "kernel", ms: 10 },
      { name: "initrd", ms: 30 },
      { name: "containerd", ms: 40 },
      { name: "initrd", ms: 45 },
    ];
    expect(bootSegments(phases, null, 0).map(({ word, ms }) => [word, ms])).toEqual([
      ["Linux", 30],
      ["containerd", 10],
      ["Linux", 5],
    ]);
  });

  it("lets the running phase last until now", () => {
    const segments = bootSegments([{ name: "qemu", ms: 1000 }], "init", 1600);
    expect(segments.at(-1)).toMatchObject({ word: "System", ms: 600, running: true });
  });
});
