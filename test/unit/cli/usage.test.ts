import { describe, expect, test } from "vitest";
import manifest from "../../../package.json" with { type: "json" };
import { document, run } from "./harness.ts";

const commands = [
  ["start"],
  ["stop"],
  ["restart"],
  ["suspend"],
  ["resume"],
  ["pause"],
  ["unpause"],
  ["delete"],
  ["status"],
  ["logs"],
  ["ssh"],
  ["config"],
  ["config", "list"],
  ["config", "get"],
  ["config", "set"],
  ["docker-env"],
  ["ports"],
  ["disk"],
  ["disk", "usage"],
  ["serve"],
  ["doctor"],
  ["quit"],
  ["version"],
  ["container"],
  ["container", "snapshot"],
  ["container", "versions"],
  ["container", "changes"],
  ["container", "revert"],
  ["container", "fork"],
  ["container", "promote"],
  ["container", "remove-version"],
  ["container", "export"],
  ["container", "import"],
];

describe("help", () => {
  test.each(commands)("%s %s explains itself with an example and touches no engine", async (...words) => {
    const result = await run([...words, "--help"]);
    expect(result.code).toBe(0);
    expect(result.stdout).toContain(`Usage: berth ${words.join(" ")}`);
    expect(result.stdout).toMatch(/Example:\n {2}\$ .*berth/);
    expect(result.stdout).toContain("--json");
  });

  test("without a command the help goes to standard error, as wrong usage", async () => {
    const result = await run([]);
    expect(result).toMatchObject({ code: 2, stdout: "" });
    expect(result.stderr).toContain("Usage: berth");
  });

  test("the version is told without an engine", async () => {
    const { version } = manifest;
    expect(await run(["--version"])).toMatchObject({ code: 0, stdout: `berth ${version}\n` });
    expect(document(await run(["version", "--json"]))).toEqual({ version });
  });
});

describe("wrong usage ends with 2 and says what is wrong", () => {
  test.each([
    [["strat"], "unknown command 'strat' (Did you mean start?)"],
    [["start", "--colt"], "unknown option '--colt'"],
    [["start", "now"], "too many arguments"],
    [["logs", "kernel"], "Allowed choices are serial, dockerd, engine, qemu"],
    [["logs", "--tail", "few"], "whole number from 0 to 100000"],
    [["config", "get"], "missing required argument 'key'"],
    [["config", "set"], "missing required argument 'key=value'"],
    [["docker-env", "--shell", "tcsh"], "Allowed choices"],
    [["config", "get", "vm.cpu"], 'There is no setting "vm.cpu"'],
    [["config", "set", "vm.cpus"], '"vm.cpus" has no value'],
    [["config", "set", "vm.cpus=many"], 'vm.cpus cannot be "many"'],
    [["config", "set", "vm.cpus=4", "vm.cpus=5"], "vm.cpus is given twice"],
    [["config", "set", "vm.cpus=4", "colour=red"], 'There is no setting "colour"'],
    [["serve", "--listen", "127.0.0.1:99999"], "not an address to listen on"],
  ])("%j", async (argv, words) => {
    const asText = await run(argv);
    expect(asText).toMatchObject({ code: 2, stdout: "" });
    expect(asText.stderr).toMatch(/^berth: /);
    expect(asText.stderr).toContain(words);
    const asJson = await run([...argv, "--json"]);
    expect(asJson.code).toBe(2);
    expect(document(asJson)).toMatchObject({ error: { code: "usage" } });
    expect(asJson.stdout).toContain(JSON.stringify(words).slice(1, -1));
  });

  test("no command with --json is one document too", async () => {
    const result = await run(["--json"]);
    expect(result.code).toBe(2);
    expect(document(result)).toMatchObject({ error: { code: "usage" } });
  });
});
