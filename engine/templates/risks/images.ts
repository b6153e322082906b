import type { Risk } from "../../contract/index.ts";
import { type Data, dataOf, isData, textOf } from "../project/data.ts";

type Found = Omit<Risk, "service">;

/** An image's name taken apart (distribution/reference). */
export interface ImageReference {
  registry: string;
  repository: string;
  tag: string | null;
  digest: string | null;
}

/** Registries whose content their owners publish themselves. */
const trustedRegistries = new Set([
  "mcr.microsoft.com",
  "docker.elastic.co",
  "registry.k8s.io",
  "registry.gitlab.com",
  "container-registry.oracle.com",
  "registry.access.redhat.com",
]);
/** Makers of widely used images on Docker Hub and elsewhere. */
const knownPublishers = new Set(
  (
    "apache bitnami bitnamilegacy confluentinc docker elastic gitea gitlab grafana hashicorp influxdata itzg jenkins " +
    "keycloak linuxserver mailhog minio netdata nginx nginxinc osixia percona phpmyadmin portainer prom " +
    "prometheus rabbitmqoperator redis redpandadata sonatype traefik valkey vaultwarden verdaccio axllent dpage caddy"
  ).split(" "),
);

export function parseImage(text: string): ImageReference {
  const [named = "", digest] = text.split("@");
  const slash = named.lastIndexOf("/");
  const colon = named.indexOf(":", slash + 1);
  const path = colon === -1 ? named : named.slice(0, colon);
  const tag = colon === -1 ? null : named.slice(colon + 1);
  const [first = "", ...rest] = path.split("/");
  const hasRegistry = rest.length > 0 && (/[.:]/.test(first) || first === "localhost");
  return {
    registry: hasRegistry ? first : "docker.io",
    repository: hasRegistry ? rest.join("/") : path,
    tag: tag === "" ? null : tag,
    digest: digest ?? null,
  };
}

/** What is not known about a service's image, and what its build does. */
export function imageRisks(service: Data): Found[] {
  const image = textOf(service["image"]);
  const build = service["build"];
  const risks: Found[] = [...buildRisks(build)];
  if (image === null || image === "" || build !== undefined) return risks;
  const { registry, repository, tag, digest } = parseImage(image);
  if (digest === null && (tag === null || /^(?:latest|edge|nightly|main|master|dev|stable)$/.test(tag))) {
    risks.push({
      kind: "unpinned-image",
      level: "low",
      detail: image,
      message: `The image ${image} has no fixed version, so it can be something else tomorrow.`,
    });
  }
  const publisher = repository.includes("/") ? (repository.split("/")[0] ?? "") : "library";
  const known =
    trustedRegistries.has(registry) ||
    (registry === "docker.io" && publisher === "library") ||
    knownPublishers.has(publisher);
  if (!known) {
    risks.push({
      kind: "unknown-image",
      level: "low",
      detail: image,
      message: `The image ${image} comes from a publisher that Berth does not know.`,
    });
  }
  return risks;
}

function buildRisks(build: unknown): Found[] {
  if (build === undefined || build === null) return [];
  const data: Data = isData(build) ? build : { context: textOf(build) ?? "." };
  const risks: Found[] = [];
  const context = textOf(data["context"]) ?? "";
  if (/^(?:[a-z][a-z0-9+.-]*:\/\/|git@)|^github\.com\//.test(context)) {
    risks.push({
      kind: "build",
      level: "medium",
      detail: context,
      message: `Its image is built from ${context}, whatever is there by then.`,
    });
  }
  const insecure =
    data["privileged"] === true ||
    /security\.insecure/.test(JSON.stringify(dataOf(data)["entitlements"] ?? ""));
  if (insecure) {
    risks.push({
      kind: "privileged",
      level: "high",
      detail: "build",
      message: "Building its image runs with all rights on the machine.",
    });
  }
  if (textOf(data["network"]) === "host") {
    risks.push({
      kind: "host-network",
      level: "medium",
      detail: "build",
      message: "Building its image uses the machine's own network.",
    });
  }
  return risks;
}
