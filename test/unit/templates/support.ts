import { spawnSync } from "node:child_process";
import { accessSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll } from "vitest";
import type { StackFetcher } from "../../../engine/templates/import/portainer/fetch-stack.ts";
import { BerthError } from "../../../engine/vm.ts";

export const fixtures = path.join(import.meta.dirname, "../../fixtures");

/** A folder that is removed with the file's tests. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), "berth-templates-"));
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

/** The real `docker compose` of the guest image's tools; null where no image was built here. */
export function composeProgram(): string | null {
  const cache = process.env["BERTH_CACHE"] ?? "/var/cache/berth";
  const images = [process.env["BERTH_IMAGE_DIR"], path.join(cache, "images/dev-latest")];
  for (const image of images) {
    if (image === undefined) continue;
    const program = path.join(image, "tools/cli-plugins/docker-compose");
    try {
      accessSync(program);
      return program;
    } catch {
      // Another folder may have it.
    }
  }
  return null;
}

export interface ComposeAnswer {
  ok: boolean;
  stdout: string;
  stderr: string;
}

/** What `docker compose config` says of a file. */
export function composeConfig(
  program: string,
  file: string,
  args: string[] = [],
  cwd = path.dirname(file),
): ComposeAnswer {
  const { status, stdout, stderr } = spawnSync(
    program,
    ["-f", file, "-p", "check", ...args, "config", "--format", "json"],
    {
      cwd,
      encoding: "utf8",
      env: { PATH: process.env["PATH"] ?? "", HOME: cwd },
      timeout: 30_000,
    },
  );
  return { ok: status === 0, stdout, stderr };
}

/** A network on which nothing answers. */
export const unreachable: StackFetcher = {
  fromRepository: () => Promise.reject(noAnswer()),
  fromAddress: () => Promise.reject(noAnswer()),
};

function noAnswer(): BerthError {
  return new BerthError({ code: "git_failed", message: "Nobody answers.", hint: "Try again." });
}
