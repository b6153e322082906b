// npm run package [-- --out DIR]: builds the app for this system into release/ (Linux: release/linux-unpacked).
// docs/releasing.md tells what is inside and how a release is made.
import { mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { parseArgs } from "node:util";
import { makeExecutable } from "./package/sea.mjs";
import { collectQemu } from "./package/qemu.mjs";
import { describeElectron, setUp } from "./setup/index.mjs";
import { exec, lastLines } from "./setup/exec.mjs";
import { projectEnv, projectNode } from "./setup/node-runtime.mjs";
import { checkout } from "./setup/paths.mjs";
import { reportProblem } from "./setup/problem.mjs";
import { createReporter } from "./setup/progress.mjs";

const { values } = parseArgs({ options: { out: { type: "string" } } });
const out = path.resolve(values.out ?? path.join(checkout, "release"));

/** @param {number} bytes */
const mib = (bytes) => `${Math.round(bytes / 1024 ** 2)} MiB`;

/**
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} env
 */
async function node(args, env = projectEnv()) {
  const result = await exec(projectNode(), args, { cwd: checkout, env });
  if (result.code !== 0) throw new Error(`${args[0]} failed: ${lastLines(result)}`);
}

async function main() {
  const reporter = createReporter();
  const { electron, imageDir } = await setUp("package", reporter);
  if (!electron || !imageDir) throw new Error("the set-up ended without a runtime or an image");
  console.log(describeElectron(electron));

  const work = path.join(out, ".work");
  const app = path.join(work, "app");
  const bin = path.join(work, "bin");
  const qemu = path.join(work, "qemu");
  await rm(work, { recursive: true, force: true });
  await mkdir(bin, { recursive: true });

  await reporter.step("Program", () => node(["scripts/build.mjs", "--out", app, "--minify"]));
  await reporter.step("The berth command as one file", async (progress) => {
    const suffix = process.platform === "win32" ? ".exe" : "";
    const output = path.join(bin, `berth${suffix}`);
    const bytes = await makeExecutable({ script: path.join(app, "berth.cjs"), output, workDir: work });
    progress.note(mib(bytes));
  });
  if (process.platform === "linux") {
    await reporter.step("QEMU", async (progress) => progress.note(`version ${await collectQemu(qemu)}`));
  }
  // Read by the berth program beside it; the paths are relative to this file.
  const places = {
    imageDir: "../image",
    ...(process.platform === "linux" ? { qemuDir: "../qemu/bin" } : {}),
  };
  await writeFile(path.join(bin, "environment.json"), `${JSON.stringify(places)}\n`);

  await reporter.step("App", () =>
    node(
      [
        path.join(checkout, "node_modules", "electron-builder", "cli.js"),
        "--dir",
        "--publish=never",
        "--config=electron-builder.config.mjs",
      ],
      {
        ...projectEnv(),
        BERTH_PACKAGE_WORK: work,
        BERTH_PACKAGE_IMAGE: imageDir,
        BERTH_PACKAGE_OUT: out,
        BERTH_PACKAGE_ELECTRON: JSON.stringify(electron),
        CSC_IDENTITY_AUTO_DISCOVERY: "false",
      },
    ),
  );
  await rm(work, { recursive: true, force: true });
  console.log(`The app is in ${out}`);
}

await main().catch((error) => {
  process.exitCode = reportProblem(error);
});
