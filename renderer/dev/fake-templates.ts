import { implement } from "@orpc/server";
import { contract } from "../../engine/contract/contract.ts";
import type { Activity, TemplateDetail, TemplateRepository } from "../../engine/contract/index.ts";
import { pulling } from "./fake-data.ts";
import { icon, metadata, readme, templatesOf } from "./fake-template-data.ts";
import type { FakeList } from "./feed.ts";

const os = implement(contract).templates;
const repository: TemplateRepository = {
  name: "friends",
  url: "https://git.example/friends.git",
  branch: null,
  commit: "4ac1e07d",
  updatedAt: "2026-11-02T09:00:00Z",
  templates: 3,
  private: true,
  problem: null,
};

/** The procedures of templates; `many` for a catalogue of two thousand. */
export function fakeTemplates(many: boolean, activities: FakeList<Activity>) {
  const all = templatesOf(many);
  const counts = new Map<string, number>();
  for (const name of all.flatMap(({ categories }) => categories))
    counts.set(name, (counts.get(name) ?? 0) + 1);
  return {
    list: os.list.handler(() => ({
      templates: all,
      categories: [...counts].map(([name, count]) => ({ name, count })),
      broken: [],
    })),
    search: os.search.handler(({ input }) =>
      all
        .filter(({ title, tagline }) =>
          `${title} ${tagline}`.toLowerCase().includes(input.words.toLowerCase()),
        )
        .slice(0, input.limit),
    ),
    icon: os.icon.handler(() => ({ icon })),
    show: os.show.handler(({ input, errors }): TemplateDetail => {
      const found = all.find(({ id }) => id === input.id);
      if (found === undefined) {
        throw errors.FAILED({
          message: `There is no template "${input.id}".`,
          data: { code: "no_such_template", hint: "List what there is." },
        });
      }
      return {
        summary: found,
        metadata: { ...metadata, id: "wordpress", title: found.title },
        dir: "/usr/share/berth/templates/wordpress",
        compose: "services: {}\n",
        readme,
        icon,
        services: found.services.map((name, place) => ({
          name,
          image: `${name}:6.8.1`,
          builds: false,
          dependsOn: place === 0 ? found.services.slice(1) : [],
          networks: ["default"],
          volumes: [place === 0 ? "content" : "data"],
          ports: place === 0 ? [{ target: "80", published: "8080", protocol: "tcp" }] : [],
          replicas: null,
          healthcheck: true,
        })),
        networks: ["default"],
        volumes: ["content", "data"],
        files: [],
        risks:
          input.id === "jenkins"
            ? [
                {
                  kind: "docker-socket",
                  level: "high",
                  service: "jenkins",
                  detail: "/var/run/docker.sock",
                  message: "jenkins controls Docker itself, which is as good as root of the VM.",
                },
                {
                  kind: "unpinned-image",
                  level: "low",
                  service: "jenkins",
                  detail: "jenkins:lts",
                  message: "jenkins runs an image without a fixed version, which may change.",
                },
              ]
            : [],
        findings: [],
      };
    }),
    validate: os.validate.handler(() => ({ valid: true, file: "compose.yaml", id: "shop", findings: [] })),
    check: os.check.handler(() => ({
      validation: { valid: true, file: "compose.yaml", id: "shop", findings: [] },
      result: null,
    })),
    save: os.save.handler(() => ({ id: "shop", dir: "/home/ada/.berth/templates/own/shop" })),
    remove: os.remove.handler(({ input }) => {
      all.splice(
        all.findIndex(({ id }) => id === input.id),
        1,
      );
    }),
    import: os.import.handler(({ input, errors }) => {
      if ("text" in input.from && !input.from.text.includes("image") && !input.from.text.includes("docker")) {
        throw errors.FAILED({
          message: "Line 1, column 1: there are no services.",
          data: { code: "invalid_template", hint: "Write at least one service." },
        });
      }
      return {
        collection: false,
        templates: [
          {
            id: "registry",
            dir: "/home/ada/.berth/templates/own/registry",
            services: 2,
            warnings: [
              {
                service: "web",
                field: "environment API_PASSWORD",
                message: "The value became the secret API_PASSWORD; it is kept in the keychain.",
              },
              {
                service: "web",
                field: "ports 8080:80",
                message: "The port of this computer became the variable WEB_PORT.",
              },
            ],
            valuesFile: null,
          },
        ],
      };
    }),
    export: os.export.handler(() => ({
      id: "registry",
      dir: "/home/ada/.berth/templates/own/registry",
      services: 2,
      warnings: [{ service: "database", field: "volumes", message: "The data in pgdata is not part of it." }],
      valuesFile: null,
      secrets: [
        { variable: "POSTGRES_PASSWORD", service: "database", field: "environment POSTGRES_PASSWORD" },
        { variable: "WEB_DB_PASSWORD", service: "web", field: "environment DATABASE_URL" },
      ],
    })),
    run: os.run.handler(({ input, errors }) => {
      if (input.values["SITE_TITLE"]?.includes("<") === true) {
        throw errors.FAILED({
          message: "Some values do not fit: SITE_TITLE (it does not fit [^<>]+).",
          data: {
            code: "bad_values",
            hint: "Give them as NAME=VALUE.",
            details: { values: { SITE_TITLE: "it does not fit [^<>]+" } },
          },
        });
      }
      const id = `run-${activities.all().length}`;
      const name = input.name ?? "shop";
      activities.put({
        ...pulling(id, name, 0.5, "Waiting for database"),
        kind: "template.run",
        title: `Run it as ${name}`,
      });
      const failed = {
        message: `The service "database" of ${name} did not come up: it ended with 1. It said last: initdb: error: directory is not empty\nFATAL: data directory was made by version 16`,
        hint: `Look at its log: berth app logs ${name}`,
      };
      setTimeout(() => {
        const known = activities.get(id);
        if (known === undefined) return;
        const end = { endedAt: new Date().toISOString(), progress: 1 };
        activities.put(
          input.values["DEBUG"] === "true"
            ? { ...known, ...end, state: "failed", error: failed }
            : { ...known, ...end, state: "done", detail: "Ready" },
        );
      }, 3000);
      return { activity: id, name };
    }),
    instance: os.instance.handler(({ input }) => ({
      name: input.name,
      template: { id: "wordpress", version: "1.2.0", title: "WordPress" },
      open: [{ title: "the blog", url: "http://localhost:8080/" }],
      notes: "Sign in at `/wp-admin` with the user that you **make on the first page**.",
      variables: { SITE_TITLE: "My blog", WEB_PORT: "8080" },
      secrets: ["DB_PASSWORD"],
    })),
    secret: os.secret.handler(() => ({ value: "kR7mWq2TzPd9xVbN4hYc8sLf" })),
    repositories: {
      list: os.repositories.list.handler(() => [repository]),
      add: os.repositories.add.handler(() => repository),
      update: os.repositories.update.handler(({ input }) => ({
        name: input.name,
        from: repository.commit,
        to: "9b1f0c2",
        rewritten: false,
        added: ["valheim"],
        removed: [],
        changed: ["minecraft"],
        diff: "--- a/minecraft/compose.yaml\n+++ b/minecraft/compose.yaml\n-    image: minecraft:1.20\n+    image: minecraft:1.21",
        applied: input.apply,
        problem: null,
      })),
      remove: os.repositories.remove.handler(() => undefined),
    },
    publish: os.publish.handler(() => ({
      repository: "https://git.example/friends.git",
      branch: "template/shop",
      commit: "9b1f0c2",
      id: "shop",
    })),
  };
}
