import { implement } from "@orpc/server";
import { contract } from "../../engine/contract/contract.ts";
import {
  type Configuration,
  configurationSchema,
  type ContainerSummary,
} from "../../engine/contract/index.ts";
import { container } from "./fake-data.ts";
import type { FakeList } from "./feed.ts";

const os = implement(contract);
const slowly = () => new Promise((resolve) => setTimeout(resolve, 2500));

function configurationOf(given: ContainerSummary | undefined): Configuration {
  return configurationSchema.parse({
    name: given?.name === undefined || !/^[\w.-]+$/.test(given.name) ? null : given.name,
    image: given?.image ?? "berth/welcome:latest",
    command: ["httpd", "-f", "-v", "-p", "80", "-h", "/www"],
    environment: [
      { name: "GREETING", value: "Ahoy" },
      { name: "DATABASE_URL", value: "postgres://shop@shop-database-1:5432/shop?sslmode=disable" },
    ],
    ports: given?.ports ?? [],
    mounts: [
      { type: "volume", name: "pages", containerPath: "/www/pages" },
      { type: "volume", name: null, containerPath: "/var/cache", anonymousVolume: "f00f" },
      { type: "tmpfs", containerPath: "/tmp", sizeBytes: 67_108_864 },
    ],
    networking: {
      mode: "networks",
      networks: [{ name: "shop_default", aliases: ["www", "pages"] }],
    },
    labels: { "com.example.team": "harbour", "<b>label</b>": "<script>alert(1)</script>" },
    restart: { policy: "unless-stopped" },
    limits: { memoryBytes: 268_435_456, cpus: 1.5 },
    healthCheck: { mode: "command", shell: true, command: ["wget -q -O - http://localhost/ || exit 1"] },
  });
}

/** Configurations of containers that do not exist; with an image named "broken" the new one does not come up. */
export function fakeConfiguration(containers: FakeList<ContainerSummary>) {
  return {
    read: os.configuration.read.handler(({ input }) => {
      const given = containers.get(input.id);
      const { project = null, service = null } = given ?? {};
      return {
        configuration: configurationOf(given),
        image: {
          id: "sha256:1",
          command: ["httpd"],
          entrypoint: ["docker-entrypoint.sh"],
          environment: [
            { name: "PATH", value: "/usr/bin" },
            { name: "LANG", value: "C.UTF-8" },
          ],
          user: "",
          workingDirectory: "/www",
          exposed: [{ containerPort: 80, protocol: "tcp" as const }],
          volumes: ["/var/cache"],
          hasHealthCheck: false,
        },
        app: project === null || service === null ? null : { project, service },
        changedFiles: 3,
        dependents: [],
        refusal: given?.autoRemove === true ? "It removes itself when it stops." : null,
      };
    }),
    render: os.configuration.render.handler(({ input }) => ({
      dockerRun: [
        "docker run -d",
        `--name ${input.name ?? ""}`,
        ...input.environment.map(({ name, value }) => `-e ${name}=${value}`),
        ...input.ports.map(({ hostPort, containerPort }) => `-p ${hostPort ?? ""}:${containerPort}`),
        [input.image, ...(input.command ?? [])].join(" "),
      ].join(" \\\n  "),
      compose: `services:\n  ${input.name ?? "app"}:\n    image: ${input.image}\n    environment:\n${input.environment
        .map(({ name, value }) => `      ${name}: ${value}`)
        .join("\n")}\n`,
    })),
    parse: os.configuration.parse.handler(({ input }) => {
      const at = input.line.indexOf("--wrong");
      return at === -1
        ? {
            configuration: { ...configurationOf(undefined), image: input.line.split(" ").at(-1) ?? "alpine" },
            problems: [],
            notes: input.line.includes("-d")
              ? ["--detach is left out: it always runs in the background."]
              : [],
          }
        : {
            configuration: null,
            problems: [{ message: "There is no option --wrong.", from: at, to: at + 7 }],
            notes: [],
          };
    }),
    run: os.configuration.run.handler(({ input }) => {
      const name = input.name ?? "quiet_harbour";
      const made = container(8500 + containers.all().length, { name, image: input.image });
      containers.put(made);
      return { id: made.id, name, ports: input.ports, warnings: [] };
    }),
    apply: os.configuration.apply.handler(async ({ input, errors }) => {
      await slowly();
      const old = containers.get(input.id);
      if (old === undefined || input.configuration.image.includes("broken")) {
        throw errors.FAILED({
          message: `${old?.name ?? ""} with the new configuration did not come up: It ended with 127 after 0.2 s; its last words were "httpd: not found". The old one serves again, unchanged.`,
          data: { code: "recreate_failed", hint: "Look at its command and try again." },
        });
      }
      const made = container(8000 + containers.all().length, {
        ...old,
        id: `${old.id.slice(0, 40)}${Date.now()}`,
        image: input.configuration.image,
        ports: input.configuration.ports,
      });
      containers.remove(old.id);
      containers.put(made);
      return { id: made.id, warnings: [] };
    }),
    update: os.configuration.update.handler(async ({ input }) => {
      await slowly();
      return { id: input.id, warnings: [], updated: false };
    }),
  };
}
