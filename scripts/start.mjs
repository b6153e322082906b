// npm start: sets everything up, then opens the window and boots the VM; without a display it serves the same
// window to a browser. Arguments after `--` go to the window (or to `berth serve`).
import { runInBrowser } from "./run/browser.mjs";
import { hasDisplay, runWindow } from "./run/window.mjs";
import { describeElectron, setUp } from "./setup/index.mjs";
import { reportProblem } from "./setup/problem.mjs";
import { createReporter } from "./setup/progress.mjs";

const args = process.argv.slice(2);
try {
  const reporter = createReporter();
  if (hasDisplay()) {
    const { electron } = await setUp("run", reporter);
    if (!electron) throw new Error("the set-up ended without an Electron runtime");
    console.log(describeElectron(electron));
    process.exitCode = await runWindow(electron.dir, args);
  } else {
    await setUp("serve", reporter);
    console.log(
      "There is no display here (neither DISPLAY nor WAYLAND_DISPLAY): serving the window to a browser.",
    );
    process.exitCode = await runInBrowser(args);
  }
} catch (error) {
  process.exitCode = reportProblem(error);
}
