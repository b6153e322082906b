import type { Command } from "commander";
import type { AddOptions } from "./commands/template-repo.ts";
import type { ExportOptions, RunOptions } from "./commands/template-run.ts";
import type { RunCommand } from "./program.ts";

/** The commands for templates. */
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
  const runCommand = template
    .command("run")
    .description("Run a template as an app and wait until all of its services are healthy.")
    .argument("<id>", "the template")
    .option("--set <name=value...>", "values of its variables")
    .option("--name <app>", "the app's name (default: the template's, with a number where it is taken)")
    .option("--remove-on-failure", "leave nothing behind when a service does not come up")
    .option("--timeout <seconds>", "how long services may take to be healthy", "600")
    .action((id: string, options: RunOptions) =>
      run(async (context) => (await import("./commands/template-run.ts")).runTemplate(context, id, options)),
    );
  example(runCommand, "berth template run wordpress --name blog --set SITE_TITLE='My blog'");
  const exportCommand = template
    .command("export")
    .description("Make a template of a running app or container: exact images, secrets taken out.")
    .argument("<app...>", "an app, or names of containers")
    .option("--out <dir>", "write the template's folder there instead of to your own templates")
    .option("--title <title>", "what to call it (default: the app's name)")
    .action((names: string[], options: ExportOptions) =>
      run(async (context) => (await import("./commands/template-run.ts")).exportApp(context, names, options)),
    );
  example(exportCommand, "berth template export blog --out ./templates");
  addRepositories(template, run, example);
}

function addRepositories(
  template: Command,
  run: RunCommand,
  example: (command: Command, line: string) => void,
): void {
  const load = () => import("./commands/template-repo.ts");
  const repo = template.command("repo").description("Use templates of git repositories.");
  example(repo, "berth template repo add https://example.com/team/templates.git");
  const add = repo
    .command("add")
    .description("Add a repository: https://…, ssh://…, user@host:path, or a folder.")
    .argument("<url>", "its address")
    .option("--name <name>", "what to call it (default: made of its address)")
    .option("--branch <branch>", "the branch to follow (default: the repository's own)")
    .option("--username <name>", "user name that goes with a token", "git")
    .option("--token-stdin", "read a token for a private repository from standard input")
    .action((url: string, options: AddOptions) =>
      run(async (context) => (await load()).add(context, url, options)),
    );
  example(add, "berth template repo add git@example.com:team/templates.git");
  const list = repo
    .command("list")
    .description("List the repositories with the commit in use.")
    .action(() => run(async (context) => (await load()).list(context)));
  example(list, "berth template repo list");
  const update = repo
    .command("update")
    .description("Show what is new; with --yes, use it.")
    .argument("[name]", "one repository (default: all)")
    .action((name: string | undefined) => run(async (context) => (await load()).update(context, name)));
  example(update, "berth template repo update team --yes");
  const remove = repo
    .command("remove")
    .description("Remove a repository and its templates; apps made of them go on.")
    .argument("<name>", "the repository")
    .action((name: string) => run(async (context) => (await load()).remove(context, name)));
  example(remove, "berth template repo remove team");
  const publish = template
    .command("publish")
    .description("Commit a template's folder to a branch of a repository and push it.")
    .argument("<dir>", "the template's folder")
    .requiredOption("--repo <url>", "the repository's address, or its name here")
    .option("--branch <branch>", "the branch (default: template/<id>)")
    .option("--message <text>", "what the commit says")
    .action((dir: string, options: { repo: string; branch?: string; message?: string }) =>
      run(async (context) => (await load()).publish(context, dir, options)),
    );
  example(publish, "berth template publish ./wordpress --repo team");
}
