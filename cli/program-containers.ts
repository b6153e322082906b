import { type Command, Option } from "commander";
import type * as Commands from "./commands/container.ts";
import type { RunCommand } from "./program.ts";

type Help = (command: Command, line: string) => void;

/** The commands for versions of containers, and for containers as files. */
export function addContainers(program: Command, run: RunCommand, example: Help): void {
  const load = () => import("./commands/container.ts");
  const container = program
    .command("container")
    .description("Keep versions of containers, go back to them, fork and move containers.");
  example(container, "berth container snapshot web --note 'before the update'");
  addVersions(container, load, run, example);
  addTransfer(container, load, run, example);
}

type Load = () => Promise<typeof Commands>;

function addVersions(container: Command, load: Load, run: RunCommand, example: Help): void {
  const snapshot = container
    .command("snapshot")
    .description("Keep a container's files and configuration as a version; volumes are not part of it.")
    .argument("<name>", "the container")
    .option("--note <text>", "what for", "")
    .option("--no-pause", "do not halt the container meanwhile")
    .action((name: string, options: { note: string; pause: boolean }) =>
      run(async (context) => (await load()).snapshot(context, name, options)),
    );
  example(snapshot, "berth container snapshot web --note 'before the update'");
  const versions = container
    .command("versions")
    .description("List a container's versions, each below the one it came from.")
    .argument("<name>", "the container")
    .action((name: string) => run(async (context) => (await load()).versions(context, name)));
  example(versions, "berth container versions web");
  const changes = container
    .command("changes")
    .description("List the files that differ from the version before, or now from what it runs from.")
    .argument("<name>", "the container")
    .argument("[version]", "a version's number")
    .action((name: string, version?: string) =>
      run(async (context) => {
        const commands = await load();
        const number = version === undefined ? undefined : commands.parseVersionNumber(version);
        return commands.changes(context, name, number);
      }),
    );
  example(changes, "berth container changes web 2");
  const revert = container
    .command("revert")
    .description("Go back to a version's files; volumes, name and configuration stay as they are.")
    .argument("<name>", "the container")
    .argument("<version>", "the version's number")
    .option("--discard", "do not keep what it is now as a version first")
    .action((name: string, version: string, options: { discard?: boolean }) =>
      run(async (context) => {
        const commands = await load();
        return commands.revert(context, name, commands.parseVersionNumber(version), options.discard === true);
      }),
    );
  example(revert, "berth container revert web 2");
  const fork = container
    .command("fork")
    .description("Make a second container beside one, with free ports and copies of its volumes.")
    .argument("<name>", "the container")
    .argument("<new-name>", "the new one's name")
    .option("--from <version>", "a version's number, instead of what it is now")
    .addOption(
      new Option("--volumes <how>", "its volumes").choices(["copy", "share", "empty"]).default("copy"),
    )
    .option("--no-start", "do not start it")
    .action(
      (
        name: string,
        newName: string,
        options: { from?: string; volumes: Commands.ForkOptions["volumes"]; start: boolean },
      ) =>
        run(async (context) => {
          const commands = await load();
          const { from, ...rest } = options;
          const chosen = from === undefined ? {} : { version: commands.parseVersionNumber(from) };
          return commands.fork(context, name, newName, { ...rest, ...chosen });
        }),
    );
  example(fork, "berth container fork web web-test --from 2");
  const promote = container
    .command("promote")
    .description("Give a version a name as an image.")
    .argument("<name>", "the container")
    .argument("<version>", "the version's number")
    .argument("<image>", "the image's name, for example mine/web:1.0")
    .action((name: string, version: string, image: string) =>
      run(async (context) => {
        const commands = await load();
        return commands.promote(context, name, commands.parseVersionNumber(version), image);
      }),
    );
  example(promote, "berth container promote web 2 mine/web:1.0");
  const remove = container
    .command("remove-version")
    .description("Remove a version that nothing needs.")
    .argument("<name>", "the container")
    .argument("<version>", "the version's number")
    .action((name: string, version: string) =>
      run(async (context) => {
        const commands = await load();
        return commands.removeVersion(context, name, commands.parseVersionNumber(version));
      }),
    );
  example(remove, "berth container remove-version web 2 --yes");
}

function addTransfer(container: Command, load: Load, run: RunCommand, example: Help): void {
  const exported = container
    .command("export")
    .description("Write a container with image, configuration and volumes to a file.")
    .argument("<name>", "the container")
    .argument("<file>", "the file; .gz and .zst are compressed")
    .option("--files", "only its file system, as a tar")
    .option("--force", "replace the file where it exists")
    .option("--no-pause", "do not halt the container meanwhile")
    .action((name: string, file: string, options: { files?: boolean; force?: boolean; pause: boolean }) =>
      run(async (context) =>
        (await load()).exportContainer(context, name, file, {
          files: options.files === true,
          force: options.force === true,
          pause: options.pause,
        }),
      ),
    );
  example(exported, "berth container export web web.tar.zst");
  const imported = container
    .command("import")
    .description("Make a container out of a file that an export wrote.")
    .argument("<file>", "the file")
    .option("--name <name>", "its name (default: the one it had)")
    .option("--no-start", "do not start it")
    .action((file: string, options: { name?: string; start: boolean }) =>
      run(async (context) => (await load()).importContainer(context, file, options)),
    );
  example(imported, "berth container import web.tar.zst");
}
