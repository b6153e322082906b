import { z } from "zod";

/**
 * What the Compose Specification (github.com/compose-spec/compose-spec, 05-services.md and following) allows,
 * as far as a mistake can be told without running Compose: names, types, and keys that do not exist.
 * Values may still hold variables, so numbers and booleans may be text.
 */

const expect = (error: string) => ({ error });

const text = z.string(expect("Give a text."));
const textOrNumber = z.union([z.string(), z.number()], expect("Give a text or a number."));
const flag = z.union([z.boolean(), z.string()], expect("Give true or false."));
const whole = z.union([z.int(), z.string()], expect("Give a whole number."));
const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()], expect("Give a single value."));
const listOfText = z.array(textOrNumber, expect("Give a list."));
const textOrList = z.union([z.string(), z.array(textOrNumber)], expect("Give a text or a list of texts."));
const commandShape = z.union(
  [z.null(), z.string(), z.array(scalar)],
  expect("Give a command as a text or as a list of arguments."),
);
const listOrMap = z.union(
  [z.array(scalar), z.record(z.string(), scalar), z.null()],
  expect("Give a list of NAME=value, or a map of names and values."),
);
const anything = z.unknown().optional();
const namePattern = /^[a-zA-Z0-9._-]+$/;
const extension = (key: string) => key.startsWith("x-");

/** An object whose keys are all known, `x-` extensions apart. */
function closed<T extends z.ZodRawShape>(shape: T) {
  const known = new Set(Object.keys(shape));
  return z.looseObject(shape, expect("Give a map of names and values.")).superRefine((value, context) => {
    for (const key of Object.keys(value)) {
      if (known.has(key) || extension(key)) continue;
      context.addIssue({ code: "custom", path: [key], message: unknownKey(key, known) });
    }
  });
}

function unknownKey(key: string, known: ReadonlySet<string>): string {
  const near = nearest(key, known);
  return `There is no key "${key}" here.${near === null ? "" : ` Did you mean "${near}"?`}`;
}

const port = z.union(
  [
    z.int(),
    z.string(),
    closed({
      name: text.optional(),
      mode: text.optional(),
      host_ip: text.optional(),
      target: whole,
      published: whole.optional(),
      protocol: text.optional(),
      app_protocol: text.optional(),
    }),
  ],
  expect('Give a port such as "8080:80", or a map with target and published.'),
);

const volume = z.union(
  [
    z.string(),
    closed({
      type: text,
      source: text.optional(),
      target: text.optional(),
      read_only: flag.optional(),
      consistency: text.optional(),
      bind: anything,
      volume: anything,
      tmpfs: anything,
      image: anything,
      cluster: anything,
    }),
  ],
  expect('Give a volume such as "data:/var/lib/data", or a map with type, source and target.'),
);

const fileReference = z.union(
  [
    z.string(),
    closed({
      source: text.optional(),
      target: text.optional(),
      uid: textOrNumber.optional(),
      gid: textOrNumber.optional(),
      mode: textOrNumber.optional(),
    }),
  ],
  expect("Give the name of a config or secret, or a map with source and target."),
);

const healthcheck = closed({
  disable: flag.optional(),
  interval: text.optional(),
  retries: whole.optional(),
  test: textOrList.optional(),
  timeout: text.optional(),
  start_period: text.optional(),
  start_interval: text.optional(),
});

const dependsOn = z.union(
  [
    z.array(z.string()),
    z.record(
      z.string(),
      closed({
        condition: z
          .enum(
            ["service_started", "service_healthy", "service_completed_successfully"],
            expect("Give service_started, service_healthy or service_completed_successfully."),
          )
          .optional(),
        restart: flag.optional(),
        required: flag.optional(),
      }),
    ),
    z.null(),
  ],
  expect("Give a list of services, or a map of services and conditions."),
);

const build = z.union([z.string(), z.looseObject({})], expect("Give a folder, or a map with context."));
const serviceNetworks = z.union(
  [z.array(z.string()), z.record(z.string(), z.union([z.looseObject({}), z.null()])), z.null()],
  expect("Give a list of networks, or a map of networks and their options."),
);

/** Keys of a service whose content Berth does not look into. */
const opaqueKeys = [
  "annotations blkio_config cgroup cgroup_parent credential_spec deploy develop device_cgroup_rules",
  "external_links extra_hosts gpus isolation label_file logging mac_address mem_swappiness",
  "memswap_limit models oom_kill_disable oom_score_adj pids_limit post_start pre_stop provider",
  "runtime shm_size storage_opt sysctls tmpfs ulimits use_api_socket userns_mode uts attach",
  "cpu_count cpu_percent cpu_period cpu_quota cpu_rt_period cpu_rt_runtime cpu_shares cpuset",
  "mem_reservation volume_driver",
]
  .join(" ")
  .split(" ");

const service = closed({
  ...Object.fromEntries(opaqueKeys.map((key) => [key, anything])),
  build: build.optional(),
  cap_add: listOfText.optional(),
  cap_drop: listOfText.optional(),
  command: commandShape.optional(),
  configs: z.array(fileReference, expect("Give a list.")).optional(),
  container_name: text.optional(),
  cpus: textOrNumber.optional(),
  depends_on: dependsOn.optional(),
  devices: z.array(anything, expect("Give a list.")).optional(),
  dns: textOrList.optional(),
  dns_opt: listOfText.optional(),
  dns_search: textOrList.optional(),
  domainname: text.optional(),
  entrypoint: commandShape.optional(),
  env_file: anything,
  environment: listOrMap.optional(),
  expose: listOfText.optional(),
  extends: z
    .union(
      [z.string(), closed({ service: text, file: text.optional() })],
      expect("Give a service to extend."),
    )
    .optional(),
  group_add: listOfText.optional(),
  healthcheck: healthcheck.optional(),
  hostname: text.optional(),
  image: text.optional(),
  init: flag.optional(),
  ipc: text.optional(),
  labels: listOrMap.optional(),
  links: listOfText.optional(),
  mem_limit: textOrNumber.optional(),
  network_mode: text.optional(),
  networks: serviceNetworks.optional(),
  pid: z.union([z.string(), z.null()]).optional(),
  platform: text.optional(),
  ports: z.array(port, expect("Give a list of ports.")).optional(),
  privileged: flag.optional(),
  profiles: listOfText.optional(),
  pull_policy: text.optional(),
  read_only: flag.optional(),
  restart: text.optional(),
  scale: whole.optional(),
  secrets: z.array(fileReference, expect("Give a list.")).optional(),
  security_opt: listOfText.optional(),
  stdin_open: flag.optional(),
  stop_grace_period: text.optional(),
  stop_signal: text.optional(),
  tty: flag.optional(),
  user: textOrNumber.optional(),
  volumes: z.array(volume, expect("Give a list of volumes.")).optional(),
  volumes_from: listOfText.optional(),
  working_dir: text.optional(),
});

const named = (what: string, value: z.ZodType) =>
  z.record(
    z.string().regex(namePattern, `A ${what}'s name is made of letters, digits, and the signs . _ -.`),
    value,
    expect(`Give a map of ${what}s.`),
  );
const optionsOrNothing = z.union([z.looseObject({}), z.null()], expect("Give a map of options, or nothing."));

/** A Compose file. */
export const composeShape = closed({
  name: text.optional(),
  version: textOrNumber.optional(),
  include: z.array(z.union([z.string(), z.looseObject({})]), expect("Give a list of files.")).optional(),
  services: named("service", service).optional(),
  networks: z.union([z.null(), named("network", optionsOrNothing)]).optional(),
  volumes: z.union([z.null(), named("volume", optionsOrNothing)]).optional(),
  configs: z.union([z.null(), named("config", optionsOrNothing)]).optional(),
  secrets: z.union([z.null(), named("secret", optionsOrNothing)]).optional(),
  models: anything,
});

/** The known name that is at most two typing mistakes away; null where there is none. */
export function nearest(name: string, known: Iterable<string>): string | null {
  let best: string | null = null;
  let bestDistance = Math.min(3, Math.ceil(name.length / 2));
  for (const candidate of known) {
    const distance = editDistance(name, candidate, bestDistance);
    if (distance >= bestDistance) continue;
    bestDistance = distance;
    best = candidate;
  }
  return best;
}

function editDistance(left: string, right: string, limit: number): number {
  if (Math.abs(left.length - right.length) >= limit) return limit;
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const change = (previous[column - 1] ?? 0) + (left[row - 1] === right[column - 1] ? 0 : 1);
      current.push(Math.min(change, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[right.length] ?? limit;
}
