import { implement } from "@orpc/server";
import { contract } from "../../engine/contract/contract.ts";
import type { TemplateDetail, TemplateMetadata, TemplateSummary } from "../../engine/contract/index.ts";

const os = implement(contract).templates;

const known: readonly [
  id: string,
  title: string,
  tagline: string,
  categories: string[],
  services: string[],
][] = [
  ["wordpress", "WordPress", "Blog and site builder, with MariaDB", ["Content", "PHP"], ["web", "database"]],
  ["ghost", "Ghost", "A quiet place to publish and to send newsletters", ["Content"], ["ghost", "database"]],
  [
    "nextcloud",
    "Nextcloud",
    "Files, calendars and contacts of your own",
    ["Content", "PHP"],
    ["app", "database", "cache", "cron"],
  ],
  [
    "postgresql",
    "PostgreSQL with an admin page",
    "A relational database and a page to look into it",
    ["Databases"],
    ["database", "admin"],
  ],
  ["redis", "Redis", "Keys and values in memory", ["Databases"], ["redis"]],
  [
    "elk",
    "Elasticsearch, Logstash and Kibana",
    "Collect logs of everything, search them and draw what they tell over time",
    ["Observability"],
    ["elasticsearch", "logstash", "kibana"],
  ],
  ["grafana", "Grafana and Prometheus", "Numbers over time", ["Observability"], ["grafana", "prometheus"]],
  ["gitea", "Gitea", "Git in a browser", ["Development"], ["gitea", "database"]],
  ["jenkins", "Jenkins", "Builds and checks", ["Development"], ["jenkins"]],
  ["minecraft", "Minecraft", "A server for a few friends", ["Games"], ["server"]],
  ["mailpit", "Mailpit", "Catches mail that tests send", ["Development", "Mail"], ["mailpit"]],
  ["registry", "Private registry", "Images of your own, on your own computer", ["Development"], ["registry"]],
];
const icon =
  "data:image/svg+xml;base64," +
  btoa(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40"><rect width="40" height="40" rx="9" fill="#1b6ea8"/><path d="M10 14l5 14 5-14 5 14 5-14" stroke="#fff" stroke-width="3" fill="none"/></svg>',
  );

function summary(
  [id, title, tagline, categories, services]: (typeof known)[number],
  place: number,
): TemplateSummary {
  return {
    id,
    title,
    tagline,
    version: "1.2.0",
    categories,
    keywords: [],
    origin:
      id === "minecraft"
        ? { kind: "repository", repository: "friends" }
        : id === "registry"
          ? { kind: "own" }
          : { kind: "built-in" },
    recommended: place % 4 === 0,
    runs: place === 3 ? 4 : place === 0 ? 1 : 0,
    services,
    images: services.map((name) => `${name}:1.0.0`),
    hasIcon: id === "wordpress",
    incomplete: null,
  };
}

const readme = `# WordPress

The blog and site builder, with a **MariaDB** of its own.

## First steps

1. Open the page and choose a language.
2. Make a user; \`WORDPRESS_DB_PASSWORD\` is *not* the one you sign in with.

- Plugins and themes stay in the volume \`content\`.
- [Image documentation](https://hub.docker.com/_/wordpress), [project](https://wordpress.org/).

| volume | holds |
| --- | --- |
| content | plugins, themes, uploads |
| data | the database |

\`\`\`
docker compose exec web wp plugin list
\`\`\`

<script>alert("never")</script>`;

const metadata: Omit<TemplateMetadata, "id" | "title"> = {
  homepage: "https://wordpress.org/",
  maintainers: ["Berth"],
  variables: {
    SITE_TITLE: { type: "text", label: "Site title", default: "My blog", pattern: "[^<>]+" },
    WEB_PORT: { type: "port", label: "Port of the page", default: 8080 },
    DB_PASSWORD: { type: "secret", label: "Database password" },
    DEBUG: { type: "boolean", label: "Debug mode", default: false, help: "Shows errors on the page." },
    LANGUAGE: {
      type: "choice",
      label: "Language",
      options: [
        { value: "en", label: "English" },
        { value: "de", label: "Deutsch" },
      ],
      default: "en",
    },
  },
  requires: { memoryMiB: 512, diskMiB: 1024 },
};

/** The procedures of templates; `many` for a catalogue of two thousand. */
export function fakeTemplates(many: boolean) {
  const few = known.map(summary);
  const all = many
    ? Array.from({ length: 2000 }, (_, place) => {
        const one = few[place % few.length] ?? few[0];
        return {
          ...(one as TemplateSummary),
          id: `template-${place}`,
          title: `${one?.title ?? ""} ${place}`,
        };
      })
    : few;
  const counts = new Map<string, number>();
  for (const name of all.flatMap(({ categories }) => categories))
    counts.set(name, (counts.get(name) ?? 0) + 1);
  const find = (id: string): TemplateSummary | undefined => all.find((one) => one.id === id);
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
      const found = find(input.id);
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
  };
}
