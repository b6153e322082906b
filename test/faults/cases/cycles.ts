import { footprint } from "../processes.ts";
import type { FaultCase } from "./case.ts";

/** Suspends and resumes again and again while a container writes; the engine must hold no more than before. */
export function cyclesCase(cycles: number): FaultCase {
  return {
    id: `${cycles} suspend and resume cycles under load`,
    short: false,
    async run({ rig, ledger }) {
      const client = await rig.client();
      const pid = await rig.enginePid();
      const look = async () => {
        await ledger.advances();
        ledger.silence();
        const forwards = (await client.ports.list()).length;
        return { ...footprint(pid), forwards };
      };
      const before = await look();
      let early = before;
      for (let cycle = 1; cycle <= cycles; cycle += 1) {
        await rig.go("suspend");
        await rig.go("resume");
        await ledger.advances();
        if (cycle === 5) early = await look();
      }
      const at = performance.now();
      const after = await look();
      const growth = after.residentKiB / early.residentKiB;
      const note = `descriptors ${before.descriptors} → ${after.descriptors}, sockets ${before.sockets} → ${after.sockets}, forwards ${before.forwards} → ${after.forwards}, RSS ${Math.round(early.residentKiB / 1024)} → ${Math.round(after.residentKiB / 1024)} MiB (×${growth.toFixed(2)})`;
      const grown =
        after.descriptors > before.descriptors ||
        after.sockets > before.sockets ||
        after.forwards !== before.forwards;
      if (grown || (cycles > 5 && growth > 1.15)) throw new Error(`The engine grew: ${note}`);
      return { faults: cycles, at, note };
    },
  };
}
