import { diskExists } from "../disk/data-disk.ts";
import { needSpace, presentMarker, upgradeFailed, wayTo, writeMarker } from "../disk/data-format.ts";
import { describeError } from "../errors.ts";
import { Snapshots } from "../snapshots/snapshots.ts";
import type { MachineCore } from "./core.ts";
import { PhaseClock } from "./phase-clock.ts";

/** Throws when the data is of a kind that this Berth does not know; to be asked before anything is touched. */
export async function checkDataFormat(core: MachineCore): Promise<void> {
  if (await diskExists(core.paths.dataDisk)) await presentMarker(core.paths.dataFormat, core.formats);
}

/**
 * Brings the data to the format of this Berth. What was before is kept as an automatic snapshot, which stays after
 * a success, and is put back after a failure, also after one that the engine did not survive. The VM must be off.
 */
export async function upgradeData(core: MachineCore): Promise<void> {
  const { paths, formats } = core;
  const { dataFormat: file } = paths;
  if (!(await diskExists(paths.dataDisk))) {
    await writeMarker(file, { format: formats.present, upgrading: null });
    return;
  }
  let marker = await presentMarker(file, formats);
  const snapshots = new Snapshots(core);
  if (marker.upgrading) {
    core.logger.warn("An upgrade of the data was cut off and is taken back", { ...marker.upgrading });
    await snapshots.rollBack(marker.upgrading.backup);
    marker = { ...marker, upgrading: null };
    await writeMarker(file, marker);
  }
  const steps = wayTo(marker.format, formats);
  if (steps.length === 0) return;
  await needSpace(paths.dataDisk, Math.max(...steps.map(({ spaceBytes }) => spaceBytes)));
  const to = formats.present;
  const clock = new PhaseClock(core.status, "upgrade", ["backup", "upgrade"], false);
  const backup = await snapshots.backUp(`before-format-${to}`, (name) =>
    writeMarker(file, { ...marker, upgrading: { to, backup: name } }),
  );
  clock.reached("backup");
  try {
    const imageTool = await core.driver.imageTool(core.config().qemuDir);
    for (const step of steps) await step.run({ dataDisk: paths.dataDisk, folder: paths.vm, imageTool });
    await writeMarker(file, { format: to, upgrading: null });
  } catch (cause) {
    core.logger.error("The data could not be upgraded", { error: describeError(cause) });
    await snapshots.rollBack(backup);
    await writeMarker(file, { ...marker, upgrading: null });
    throw upgradeFailed(to, cause);
  }
  clock.finished("upgrade");
  core.logger.info("The data has been upgraded", { from: marker.format, to, backup });
}
