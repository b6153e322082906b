import type Docker from "dockerode";
import type { ImageDefaults } from "../contract/index.ts";
import { imageAnswer } from "./answers.ts";

/** What an image that is present says about how it wants to be run. */
export async function imageDefaults(docker: Docker, reference: string): Promise<ImageDefaults> {
  const info = imageAnswer.parse(await docker.getImage(reference).inspect());
  const config = info.Config ?? null;
  return {
    reference,
    id: info.Id,
    title: config?.Labels["org.opencontainers.image.title"] ?? null,
    description: config?.Labels["org.opencontainers.image.description"] ?? null,
    command: config?.Cmd ?? [],
    entrypoint: config?.Entrypoint ?? [],
    user: config?.User ?? "",
    workingDirectory: config?.WorkingDir ?? "",
    environment: (config?.Env ?? []).map(splitVariable),
    ports: Object.keys(config?.ExposedPorts ?? {}).flatMap(exposedPort),
    volumes: Object.keys(config?.Volumes ?? {}),
  };
}

function splitVariable(text: string): { name: string; value: string } {
  const at = text.indexOf("=");
  return at === -1 ? { name: text, value: "" } : { name: text.slice(0, at), value: text.slice(at + 1) };
}

function exposedPort(text: string): ImageDefaults["ports"] {
  const [number, protocol = "tcp"] = text.split("/");
  const containerPort = Number(number);
  const known = protocol === "tcp" || protocol === "udp" || protocol === "sctp";
  return known && Number.isInteger(containerPort) ? [{ containerPort, protocol }] : [];
}
