import { exec, lastLines } from "./exec.mjs";
import { SetupProblem } from "./problem.mjs";

/**
 * Electron's sandbox is on for ordinary users only, so root's end-to-end tests run the window as this one.
 */
export const testUser = "berth-test";

/** Whether the user is needed and missing. */
export async function testUserIsMissing() {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return false;
  return (await exec("getent", ["passwd", testUser])).code !== 0;
}

export async function addTestUser() {
  const result = await exec("useradd", [
    "--system",
    "--user-group",
    "--no-create-home",
    "--home-dir",
    "/nonexistent",
    testUser,
  ]);
  if (result.code === 0) return;
  throw new SetupProblem(
    `The user ${testUser} for the end-to-end tests could not be made: ${lastLines(result)}`,
    `Run: useradd --system --user-group ${testUser}`,
  );
}
