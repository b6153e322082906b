import { spawn } from "node:child_process";
import { SetupProblem } from "../setup/problem.mjs";

/**
 * Starts an X server without a screen on a free display. Its socket is local and open to every user of this
 * machine, because the window under test runs as another user than the tests.
 * @returns {Promise<{ display: string, stop(): Promise<void> }>}
 */
export async function startXvfb() {
  const child = spawn(
    "Xvfb",
    ["-displayfd", "3", "-screen", "0", "1600x1000x24", "-nolisten", "tcp", "-ac"],
    {
      stdio: ["ignore", "ignore", "ignore", "pipe"],
      detached: true,
    },
  );
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const number = await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`it ended with ${code}`)));
    child.stdio[3]?.once("data", (data) => resolve(String(data).trim()));
  }).catch((error) => {
    throw new SetupProblem(
      `The virtual display cannot be started: ${error instanceof Error ? error.message : String(error)}`,
      "Run npm test again with root or sudo, so that it can install xvfb.",
      { cause: error },
    );
  });
  return {
    display: `:${number}`,
    async stop() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}
