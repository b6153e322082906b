import type { TemplateMetadata, TemplateSummary } from "../../engine/contract/index.ts";

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
export const icon =
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

export const readme = `# WordPress

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

export const metadata: Omit<TemplateMetadata, "id" | "title"> = {
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

/** The templates of a scene; `many` for a catalogue of two thousand. */
export function templatesOf(many: boolean): TemplateSummary[] {
  const few = known.map(summary);
  if (!many) return few;
  return Array.from({ length: 2000 }, (_, place) => {
    const one = few[place % few.length] as TemplateSummary;
    return { ...one, id: `template-${place}`, title: `${one.title} ${place}` };
  });
}
