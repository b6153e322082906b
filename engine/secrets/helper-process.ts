import { spawn } from "node:child_process";
import { systemCode } from "../vm.ts";
import { helperFailed, noHelper } from "./errors.ts";

export type HelperVerb = "get" | "store" | "erase" | "list" | "version";

/** A keychain may ask its owner for permission, which takes a while. */
const TIMEOUT_MS = 60_000;
const MAX_OUTPUT_BYTES = 1024 * 1024;

export interface HelperResult {
  exitCode: number | null;
  output: string;
}

/**
 * Runs one verb of a docker-credential-helper program (github.com/docker/docker-credential-helpers): input on
 * standard input, the answer on standard output, also when it is an error. No shell, no argument but the verb.
 */
export function runHelper(program: string, verb: HelperVerb, input: string): Promise<HelperResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, [verb], { stdio: ["pipe", "pipe", "ignore"], windowsHide: true });
    const timer = setTimeout(() => child.kill("SIGKILL"), TIMEOUT_MS);
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      if (output.length > MAX_OUTPUT_BYTES) child.kill("SIGKILL");
    });
    child.on("error", (error) => {
      clearTimeout(timer);
      reject(systemCode(error) === "ENOENT" ? noHelper(error) : helperFailed(program, "", error));
    });
    child.on("close", (exitCode) => {
      clearTimeout(timer);
      resolve({ exitCode, output: output.trim() });
    });
    // A helper that ends without reading its input is judged by its exit code.
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
  });
}
