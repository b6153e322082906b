import { describe, expect, test } from "vitest";
import { readProject } from "../../../engine/templates/project/read-project.ts";
import { risksOf } from "../../../engine/templates/risks/risks.ts";

async function risks(service: string, top = "", files: Record<string, string> = {}): Promise<string[]> {
  const indented = service
    .trim()
    .split("\n")
    .map((line) => `    ${line}`)
    .join("\n");
  return risksOfFile(`services:\n  app:\n${indented}\n${top}`, files);
}

async function risksOfFile(text: string, files: Record<string, string> = {}): Promise<string[]> {
  const read = (name: string) => Promise.resolve(files[name] ?? null);
  const found = risksOf(await readProject(text, "compose.yaml", { read }));
  for (const risk of found) expect(risk.message).toMatch(/^[A-Z].*\.$/s);
  return found.map((risk) => `${risk.level} ${risk.kind} ${risk.detail}`);
}

const pinned = "image: nginx:1.27.3";
const socket = "high docker-socket /var/run/docker.sock";

test.each<[string, string, string]>([
  ["privileged", "privileged: true", "high privileged privileged"],
  ["privileged as text", 'privileged: "true"', "high privileged privileged"],
  ["privileged by default of a variable", "privileged: ${P:-true}", "high privileged privileged"],
  ["privileged hook", "post_start:\n  - command: x\n    privileged: true", "high privileged privileged"],
  ["provider", "provider: {type: model}", "high privileged provider"],
  ["docker socket, short", "volumes: [/var/run/docker.sock:/var/run/docker.sock]", socket],
  ["docker socket, read only", "volumes: [/var/run/docker.sock:/s:ro]", socket],
  ["docker socket, long", "volumes:\n  - {type: bind, source: /var/run/docker.sock, target: /s}", socket],
  ["docker socket's folder", "volumes: [/run:/run]", "high docker-socket /run"],
  ["docker socket by variable", "volumes: ['${S:-/var/run/docker.sock}:/s']", socket],
  [
    "docker pipe",
    "volumes:\n  - {type: npipe, source: '\\\\.\\pipe\\docker_engine', target: x}",
    "high docker-socket \\\\.\\pipe\\docker_engine",
  ],
  ["the API socket by its own key", "use_api_socket: true", "high docker-socket use_api_socket"],
  ["all files", "volumes: ['/:/host:ro']", "high host-mount /"],
  ["a system folder", "volumes: [/etc:/x]", "high host-mount /etc"],
  ["a home", "volumes: ['~:/x']", "high host-mount ~"],
  ["a folder of the host", "volumes: [/srv/data:/x]", "medium host-mount /srv/data"],
  ["a folder of Windows", "volumes: ['C:\\data:/x']", "medium host-mount C:\\data"],
  ["a folder beside the template", "volumes: [../other:/x]", "medium host-mount ../other"],
  ["a folder through the template's own", "volumes: [./a/../../b:/x]", "medium host-mount ./a/../../b"],
  ["a host's file as env file", "env_file: /etc/environment", "medium host-mount /etc/environment"],
  ["host network", "network_mode: host", "high host-network network_mode: host"],
  ["host network, quoted", 'network_mode: "host"', "high host-network network_mode: host"],
  ["host pid", "pid: host", "high host-namespace pid: host"],
  ["host ipc", "ipc: host", "high host-namespace ipc: host"],
  ["host uts", "uts: host", "high host-namespace uts: host"],
  ["host users", "userns_mode: host", "high host-namespace userns_mode: host"],
  ["host cgroup", "cgroup: host", "high host-namespace cgroup: host"],
  [
    "another container's network",
    "network_mode: container:vpn",
    "medium host-namespace network_mode: container:vpn",
  ],
  ["a capability", "cap_add: [CHOWN]", "medium capability CHOWN"],
  ["a capability, long name", "cap_add:\n  - cap_sys_admin", "high capability SYS_ADMIN"],
  ["all capabilities", "cap_add: [ALL]", "high capability ALL"],
  ["a device, short", "devices: ['/dev/ttyUSB0:/dev/ttyUSB0']", "medium device /dev/ttyUSB0"],
  ["a device, long", "devices:\n  - {source: /dev/sda, target: /dev/x}", "high device /dev/sda"],
  ["device rules", "device_cgroup_rules: ['a *:* rwm']", "high device a *:* rwm"],
  [
    "graphics by deploy",
    "deploy: {resources: {reservations: {devices: [{capabilities: [gpu]}]}}}",
    "medium device gpu",
  ],
  ["graphics by key", "gpus: all", "medium device gpu"],
  ["no seccomp", "security_opt: ['seccomp:unconfined']", "high security-option seccomp:unconfined"],
  [
    "no AppArmor, other sign",
    "security_opt: [apparmor=unconfined]",
    "high security-option apparmor=unconfined",
  ],
  ["a label", "security_opt: ['label:type:x']", "medium security-option label:type:x"],
  ["a port on all addresses", "ports: ['8080:80']", "low published 8080:80/tcp"],
  ["a port on all addresses, named", "ports: ['0.0.0.0:8080:80/udp']", "low published 8080:80/udp"],
  ["a port on all addresses, IPv6", "ports: ['[::]:8080:80']", "low published 8080:80/tcp"],
  ["a port on all addresses, long", "ports:\n  - {target: 80, published: 8080}", "low published 8080:80/tcp"],
  ["a port by number alone", "ports: [80]", "low published a free port:80/tcp"],
  ["root", "user: root", "low user root"],
  ["root by number", 'user: "0:0"', "low user root"],
])("%s", async (_, service, expected) => {
  const found = await risks(`${pinned}\n${service}`);
  expect(found).toContain(expected);
  expect(found).toHaveLength(1);
});

test.each<[string, string]>([
  ["image: nginx", "low unpinned-image nginx"],
  ["image: nginx:latest", "low unpinned-image nginx:latest"],
  ["image: localhost:5000/a/b:1", "low unknown-image localhost:5000/a/b:1"],
  ["image: somebody/thing:1.2", "low unknown-image somebody/thing:1.2"],
  ["image: 'nginx:${TAG:-latest}'", "low unpinned-image nginx:latest"],
  ["build: https://example.com/x.git", "medium build https://example.com/x.git"],
  ["build: {context: ., privileged: true}", "high privileged build"],
  ["build: {context: ., network: host}", "medium host-network build"],
])("%s", async (service, expected) => {
  expect(await risks(service)).toEqual([expected]);
});

describe("through other parts of the file", () => {
  test.each<[string, string, Record<string, string>, string]>([
    [
      "anchor and alias",
      `x-v: &v [/var/run/docker.sock:/s]\nservices: {app: {${pinned}, volumes: *v}}`,
      {},
      socket,
    ],
    [
      "merge key",
      `x-base: &b {privileged: true}\nservices: {app: {<<: *b, ${pinned}}}`,
      {},
      "high privileged privileged",
    ],
    [
      "several merge keys",
      `x-a: &a {pid: host}\nx-b: &b {ipc: host}\nservices: {app: {<<: [*a, *b], ${pinned}}}`,
      {},
      "high host-namespace ipc: host",
    ],
    [
      "extends in the file",
      `services:\n  base: {${pinned}}\n  more: {extends: base, cap_add: [SYS_ADMIN]}\n  app: {extends: {service: more}}`,
      {},
      "high capability SYS_ADMIN",
    ],
    [
      "extends of another file",
      `services: {app: {extends: {file: base.yaml, service: b}}}`,
      { "base.yaml": `services: {b: {${pinned}, network_mode: host}}` },
      "high host-network network_mode: host",
    ],
    [
      "include",
      `include: [more.yaml]\nservices: {}`,
      { "more.yaml": `services: {x: {${pinned}, volumes: [/etc:/x]}}` },
      "high host-mount /etc",
    ],
    [
      "include, long",
      `include: [{path: [a.yaml, b.yaml]}]\nservices: {}`,
      { "a.yaml": `services: {x: {${pinned}}}`, "b.yaml": "services: {x: {pid: host}}" },
      "high host-namespace pid: host",
    ],
    [
      "include of an include",
      "include: [d/a.yaml]",
      { "d/a.yaml": "include: [b.yaml]", "d/b.yaml": `services: {x: {${pinned}, ipc: host}}` },
      "high host-namespace ipc: host",
    ],
    [
      "include from elsewhere",
      "include: ['https://example.com/x.yaml']",
      {},
      "medium build https://example.com/x.yaml",
    ],
    [
      "a volume bound to a folder",
      `services: {app: {${pinned}, volumes: ['data:/x']}}\nvolumes: {data: {driver_opts: {type: none, o: bind, device: /etc}}}`,
      {},
      "high host-mount /etc",
    ],
    [
      "a config that is a file of the host",
      `services: {app: {${pinned}, configs: [c]}}\nconfigs: {c: {file: /etc/shadow}}`,
      {},
      "medium host-mount /etc/shadow",
    ],
    [
      "the host's network by name",
      `services: {app: {${pinned}, networks: [n]}}\nnetworks: {n: {name: host, external: true}}`,
      {},
      "high host-network network_mode: host",
    ],
  ])("%s", async (_, text, files, expected) => {
    expect(await risksOfFile(text, files)).toContain(expected);
  });

  test("what a service turns off again is no risk", async () => {
    const text = `services:\n  base: {${pinned}, privileged: true}\n  app: {extends: base, privileged: false}`;
    const found = risksOf(await readProject(text, "compose.yaml"));
    expect(found.map((risk) => risk.service)).toEqual(["base"]);
  });

  test("a harmless project has none", async () => {
    const service = `${pinned}\nuser: "1000"\nports: ['127.0.0.1:8080:80']\nsecurity_opt: ['no-new-privileges:true']\nvolumes: ['data:/x', './conf:/c', '/var/lib/anonymous']\ncap_drop: [ALL]`;
    expect(await risks(service, "volumes: {data: {}}")).toEqual([]);
  });
});
