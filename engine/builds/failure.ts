import type { BuildFailure } from "../contract/index.ts";
import { explainDockerText } from "../docker/index.ts";

const place = /^(\S.*?):(\d+)$/;
const excerptLine = /^\s*(\d+) \|\s(>>>\s|\s{4}|\s*)(.*)$/;

/**
 * Why a build failed, out of the plain lines that buildx ends with: the place in the Dockerfile with the lines
 * around it, and `ERROR: …`.
 */
export function readFailure(
  lines: readonly string[],
  failedStep: { name: string; error: string } | null,
): BuildFailure {
  const error = lines.findLast((line) => /^(ERROR|error): /.test(line)) ?? "";
  const said =
    error.replace(/^(ERROR|error): (failed to solve: |failed to build: )*/, "") || failedStep?.error || "";
  const excerpt = lines.flatMap((line) => {
    const [, number, mark = "", text = ""] = excerptLine.exec(line) ?? [];
    return number === undefined ? [] : [{ line: Number(number), text, failed: mark.startsWith(">>>") }];
  });
  const [, dockerfile = null, line] =
    lines.map((one) => place.exec(one)).find((match) => match !== null) ?? [];
  return {
    ...explain(said, failedStep?.name ?? null),
    step: failedStep?.name ?? null,
    dockerfile,
    line: line === undefined ? null : Number(line),
    excerpt,
  };
}

function explain(said: string, step: string | null): { message: string; hint: string } {
  const exit = /process "(.+)" did not complete successfully: (.+)$/s.exec(said);
  if (exit && !/no space left on device/i.test(said)) {
    const [, command = "", how = ""] = exit;
    const words = command.replace(/^\/bin\/sh -c /, "");
    return {
      message: `The step "${step ?? words}" failed: ${how.replace(/\.?$/, ".")}`,
      hint: "Its log below says why. The steps before it are kept in the cache.",
    };
  }
  const parse = /dockerfile parse error on line (\d+): (.+)$/s.exec(said);
  if (parse) {
    return {
      message: `Line ${parse[1] ?? ""} of the Dockerfile cannot be read: ${parse[2] ?? ""}`,
      hint: "Correct the line, then build again.",
    };
  }
  const missing = /"?([^"\s]+)"?: not found$/.exec(said);
  if (missing && /calculate checksum|cache key/.test(said)) {
    return {
      message: `${missing[1] ?? "A file"} is not in the build context.`,
      hint: "Check its path, and that .dockerignore does not leave it out.",
    };
  }
  if (/exec format error/i.test(said)) {
    return {
      message: `The step "${step ?? ""}" is made for another processor.`,
      hint: "Build for this VM's own platform, or use a base image that has it.",
    };
  }
  return explainDockerText(said === "" ? "The build ended without saying why." : said);
}
