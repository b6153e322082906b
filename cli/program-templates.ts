import type { Command } from "commander";
import type { RunCommand } from "./program.ts";

/** `berth template …` */
export function addTemplates(
  program: Command,
  run: RunCommand,
  example: (command: Command, line: string) => void,
): void {
  const load = () => import("./commands/template.ts");
  const template = program.command("template").description("Find, check, import and run templates.");
  example(template, "berth template search wordpress");
  const list = template
    .command("list")
    .description("List all templates, the popular ones first.")
    .action(() => run(async (context) => (await load()).list(context)));
  example(list, "berth template list");
  const search = template
    .command("search")
    .description("Find templates by words; mistakes in typing are forgiven.")
    .argument("<words...>", "what to look for")
    .action((words: string[]) => run(async (context) => (await load()).search(context, words)));
  example(search, "berth template search word press");
  const show = template
    .command("show")
    .description("Show a template's services, variables, rights and documentation.")
    .argument("<id>", "the template, for example wordpress or team/wordpress")
    .action((id: string) => run(async (context) => (await load()).show(context, id)));
  example(show, "berth template show wordpress");
  const validate = template
    .command("validate")
    .description(
      "Check a template: each problem with its place and a fix; exits with 1 when it is not valid.",
    )
    .argument("<file>", "its compose.yaml, or its folder")
    .action((file: string) => run(async (context) => (await load()).validate(context, file)));
  example(validate, "berth template validate ./wordpress/compose.yaml");
  const importCommand = template
    .command("import")
    .description(
      "Make templates of a Compose file, a Panamax template, Portainer's JSON or docker run lines.",
    )
    .argument("<file>", "the file to read; it stays as it is")
    .option("--out <dir>", "write the template's folder there instead of to your own templates")
    .action((file: string, options: { out?: string }) =>
      run(async (context) => (await load()).importFile(context, file, options.out)),
    );
  example(importCommand, "berth template import wordpress.pmx --out ./templates");
  const remove = template
    .command("remove")
    .description("Remove one of your own templates.")
    .argument("<id>", "the template")
    .action((id: string) => run(async (context) => (await load()).remove(context, id)));
  example(remove, "berth template remove my-wordpress");
}
