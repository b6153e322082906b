import { describe, expect, it } from "vitest";
import { type Configuration, configurationSchema } from "../../../engine/contract/index.ts";
import {
  changedParts,
  isPullable,
  volumesOf,
} from "../../../renderer/pages/containers/configuration/configuration-changes.ts";
import { formOf } from "../../../renderer/pages/containers/configuration/configuration-form.ts";
import { readConfiguration } from "../../../renderer/pages/containers/configuration/read-configuration.ts";

const rich: Configuration = configurationSchema.parse({
  name: "site",
  image: "site:1",
  command: ["httpd", "it's", "$HOME", ""],
  entrypoint: ["busybox", "sh -c"],
  environment: [{ name: "A", value: " two  words " }],
  user: "1000:1000",
  workingDirectory: "/www",
  ports: [
    { hostIp: "127.0.0.1", hostPort: 8080, containerPort: 80, protocol: "tcp" },
    { hostIp: "", hostPort: null, containerPort: 53, protocol: "udp" },
  ],
  expose: [{ containerPort: 9000, protocol: "tcp" }],
  mounts: [
    { type: "volume", name: "data", containerPath: "/data", readOnly: true },
    { type: "volume", name: null, containerPath: "/cache", anonymousVolume: "abc" },
    { type: "tmpfs", containerPath: "/tmp", sizeBytes: 1000 },
  ],
  volumesFrom: ["other:ro"],
  networking: {
    mode: "networks",
    networks: [{ name: "back", aliases: ["www", "site2"], ipv4Address: "172.30.0.9", ipv6Address: null }],
  },
  links: [{ container: "db", alias: "database" }],
  labels: { b: "2", "<b>a</b>": "1" },
  restart: { policy: "on-failure", maximumRetries: 4 },
  limits: { memoryBytes: 123_456_789, memorySwapBytes: -1, cpus: 0, processes: -1, cpuset: "0-1" },
  healthCheck: { mode: "command", shell: false, command: ["wget", "-q", "a b"], retries: 2 },
  advanced: { privileged: true, sysctls: { "net.core.somaxconn": "9" } },
});

describe("configuration form", () => {
  it("reads back what it was filled with, also what it does not show", () => {
    expect(readConfiguration(formOf(rich), rich)).toEqual({ configuration: rich, problems: new Map() });
    const plain = configurationSchema.parse({ image: "alpine", command: [], entrypoint: [] });
    expect(readConfiguration(formOf(plain), plain).configuration).toEqual(plain);
  });

  it.each(["host", "none"] as const)("reads back the network mode %s", (mode) => {
    const given = configurationSchema.parse({ image: "alpine", networking: { mode } });
    expect(readConfiguration(formOf(given), given).configuration).toEqual(given);
  });

  it("takes a limit away when its field is emptied", () => {
    const form = { ...formOf(rich), memoryMiB: null };
    expect(readConfiguration(form, rich).configuration?.limits.memoryBytes).toBeNull();
  });

  it("says at the row what is wrong, and reads nothing", () => {
    const form = formOf(rich);
    form.image = " ";
    form.command = "echo 'open";
    form.ports.push({ key: "p", hostIp: "127.0.0.1", hostPort: 8080, containerPort: 81, protocol: "tcp" });
    form.ports.push({ key: "q", hostIp: "", hostPort: 70_000, containerPort: 1, protocol: "tcp" });
    form.environment.push({ key: "e", name: "A", value: "again" }, { key: "f", name: "B C", value: "" });
    form.mounts.push({
      key: "m",
      type: "volume",
      source: "data",
      containerPath: "relative",
      readOnly: false,
      anonymousVolume: null,
      sizeMiB: null,
    });
    form.networks.push({ key: "n", name: "front", aliases: "", ipv4Address: "1.2", ipv6Address: null });
    form.labels.push({ key: "l", name: "", value: "no name" });
    const { configuration, problems } = readConfiguration(form, rich);
    expect(configuration).toBeNull();
    expect([...problems.keys()].sort()).toEqual(
      [
        "command",
        "environment:e",
        "environment:f",
        "image",
        "labels:l",
        "mounts:m",
        "networks:n",
        `ports:${form.ports[0]?.key ?? ""}`,
        "ports:p",
        "ports:q",
      ].sort(),
    );
  });

  it("knows images of which there is no newer one", () => {
    const images = ["nginx", "registry.example.com/deadbeef0000:1", "berth-versions/site:1", "deadbeef0000"];
    expect(images.map(isPullable)).toEqual([true, true, false, false]);
  });

  it("names what changed, and the volumes that stay and go", () => {
    const form = formOf(rich);
    form.image = "site:2";
    form.mounts = form.mounts.filter(({ source }) => source !== "data");
    const { configuration } = readConfiguration(form, rich);
    if (configuration === null) throw new Error("not read");
    expect(changedParts(rich, configuration)).toEqual(["image", "volumes"]);
    expect(volumesOf(rich, configuration)).toEqual({
      kept: ["the nameless one at /cache"],
      detached: ["data"],
    });
  });
});
