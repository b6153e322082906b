import type { Command } from "commander";
import type { RunCommand } from "./program.ts";

type Help = (command: Command, line: string) => void;
type Parse = (value: string) => number;

const simple = {
  start: "Start services that were stopped.",
  stop: "Stop services, keeping their containers.",
  restart: "Stop and start services.",
  pause: "Halt services where they are.",
  unpause: "Let paused services go on.",
  pull: "Get the newest images of services that are not built.",
} as const;

/** The commands for apps: Compose projects and folders with a Dockerfile. */
export function addApps(program: Command, run: RunCommand, example: Help, lines: Parse): void {
  const load = () => import("./commands/app.ts");
  const app = program.command("app").description("Run Compose projects and folders with a Dockerfile.");
  example(app, "berth app up .");
  const list = app
    .command("list")
    .description("List the apps with their state, services and ports.")
    .action(() => run(async (context) => (await load()).list(context)));
  example(list, "berth app list");
  const up = app
    .command("up")
    .description("Create and start a folder's services, building what changed; starts the VM where needed.")
    .argument("[dir]", "a folder with a Compose file or a Dockerfile, or the name of a known app", ".")
    .option("--name <name>", "the app's name (default: the Compose file's, else the folder's)")
    .option("--service <service...>", "only these and what they depend on")
    .option("--set <name=value...>", "values for the Compose file's variables")
    .option("--build", "ask the builder even where nothing changed")
    .option("--recreate", "make all containers anew")
    .action((dir: string, options: { name?: string; service?: string[]; set?: string[] }) =>
      run(async (context) => (await load()).up(context, dir, options)),
    );
  example(up, "berth app up ./shop --set PORT=8080");
  const down = app
    .command("down")
    .description("Remove an app's containers and networks; its volumes stay.")
    .argument("<name>", "the app's name")
    .option("--volumes", "remove its volumes and all data in them too")
    .option("--forget", "take it off the list as well; its folder stays")
    .action((name: string, options: { volumes?: boolean; forget?: boolean }) =>
      run(async (context) => (await load()).down(context, name, options)),
    );
  example(down, "berth app down shop");
  const logs = app
    .command("logs")
    .description("Print the logs of an app's services together.")
    .argument("<name>", "the app's name")
    .argument("[service...]", "only these")
    .option("-f, --follow", "go on printing new lines until Ctrl-C")
    .option("-n, --tail <lines>", "begin with so many of the last lines of each container", lines, 200)
    .action((name: string, services: string[], options: { follow?: boolean; tail: number }) =>
      run(async (context) =>
        (await import("./commands/app-logs.ts")).appLogs(context, name, {
          services,
          follow: options.follow === true,
          tailLines: options.tail,
        }),
      ),
    );
  example(logs, "berth app logs shop web --follow");
  const open = app
    .command("open")
    .description("Open an app's published port in the browser; --json only tells the address.")
    .argument("<name>", "the app's name")
    .option("--service <service>", "the service to open")
    .action((name: string, options: { service?: string }) =>
      run(async (context) => (await load()).open(context, name, options.service)),
    );
  example(open, "berth app open shop");
  for (const action of ["start", "stop", "restart", "pause", "unpause", "pull"] as const) {
    const command = app
      .command(action)
      .description(simple[action])
      .argument("<name>", "the app's name")
      .argument("[service...]", "only these")
      .action((name: string, services: string[]) =>
        run(async (context) => (await load()).act(context, action, name, services)),
      );
    example(command, `berth app ${action} shop`);
  }
  const scale = app
    .command("scale")
    .description("Run a service in so many containers.")
    .argument("<name>", "the app's name")
    .argument("<service=number>", "for example web=3")
    .action((name: string, scaling: string) =>
      run(async (context) => (await load()).scale(context, name, scaling)),
    );
  example(scale, "berth app scale shop worker=3");
  const rebuild = app
    .command("rebuild")
    .description("Build one service anew and recreate only its containers.")
    .argument("<name>", "the app's name")
    .argument("<service>", "the service")
    .option("--no-cache", "take nothing from earlier builds")
    .action((name: string, service: string, options: { cache: boolean }) =>
      run(async (context) => (await load()).rebuild(context, name, service, options.cache)),
    );
  example(rebuild, "berth app rebuild shop web");
}
