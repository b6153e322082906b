import { escapeDollars } from "../../format/interpolation.ts";
import { type Data, dataOf, isData } from "../../project/data.ts";
import { parsePort } from "../../project/short-syntax.ts";
import { withoutEmpty, type ServiceParts } from "../service-parts.ts";
import { argumentsOf } from "../words.ts";
import { options } from "./options.ts";
import type { ParsedRun } from "./parse.ts";
import {
  addAlias,
  listIn,
  type Shared,
  splitOnce,
  takeMount,
  takeNetwork,
  takeVolume,
  type Taking,
} from "./surroundings.ts";

/** Makes a service of one `docker run`. */
export function serviceOf(run: ParsedRun, key: string, shared: Shared, parts: ServiceParts): Data {
  const service: Data = { image: escapeDollars(run.image) };
  const ports = run.options.filter(({ name }) => name === "--publish").length;
  for (const unknown of run.unknown)
    parts.warn(key, unknown, `docker run has no option ${unknown}; it was left out.`);
  for (const { name, value } of run.options) {
    const kind = options[name];
    if (kind === undefined) continue;
    if (kind.to === "special")
      takeSpecial(name, value, { service, key, shared, parts, onlyPort: ports === 1 });
    else if (kind.to === "dropped") {
      if (kind.value) parts.warn(key, name, `${name} was left out: ${kind.why}.`);
    } else if (kind.to === "flag") service[kind.key] = kind.value;
    else if (kind.to === "number") service[kind.key] = Number.isFinite(Number(value)) ? Number(value) : value;
    else if (kind.to === "text") service[kind.key] = escapeDollars(reference(kind.key, value, shared));
    else if (kind.to === "list") service[kind.key] = [...listIn(service, kind.key), escapeDollars(value)];
    else {
      const at = value.indexOf("=");
      const [label, text] = at === -1 ? [value, ""] : [value.slice(0, at), value.slice(at + 1)];
      service[kind.key] = { ...dataOf(service[kind.key]), [label]: escapeDollars(text) };
    }
  }
  if (run.command.length > 0) service["command"] = parts.arguments(run.command, key);
  return withoutEmpty(service);
}

function takeSpecial(name: string, value: string, taking: Taking): void {
  const { service, key, shared, parts } = taking;
  const put = (at: string, data: unknown) => {
    service[at] = isData(data) ? { ...dataOf(service[at]), ...data } : data;
  };
  const push = (at: string, ...data: unknown[]) => (service[at] = [...listIn(service, at), ...data]);
  switch (name) {
    case "--env": {
      takeEnvironment(value, taking);
      return;
    }
    case "--env-file":
      parts.warn(key, "--env-file", `"${value}" is read from the template's folder; copy it there.`);
      return void push("env_file", value);
    case "--publish": {
      const port = parsePort(value);
      if (port === null) {
        parts.warn(key, "--publish", `"${value}" is not a port.`);
        return;
      }
      return void push("ports", ...parts.ports(port, key, taking.onlyPort));
    }
    case "--publish-all": {
      parts.warn(
        key,
        "--publish-all",
        "The image's ports are not known before it is there; publish them one by one.",
      );
      return;
    }
    case "--volume": {
      takeVolume(value, taking);
      return;
    }
    case "--mount": {
      takeMount(value, taking);
      return;
    }
    case "--volumes-from": {
      const [from = "", mode] = value.split(":");
      const target = shared.find(from);
      if (target === null) {
        parts.warn(key, name, `There is no container "${from}" among the commands.`);
        return;
      }
      return void push("volumes_from", mode === undefined ? target : `${target}:${mode}`);
    }
    case "--link": {
      const [target = "", alias] = value.split(":");
      const found = shared.find(target);
      if (found === null) {
        parts.warn(key, name, `There is no container "${target}" among the commands.`);
        return;
      }
      shared.link(key, found, alias ?? target);
      return;
    }
    case "--net":
    case "--network": {
      takeNetwork(value, taking);
      return;
    }
    case "--net-alias":
    case "--network-alias": {
      addAlias(value, taking);
      return;
    }
    case "--entrypoint": {
      put("entrypoint", value === "" ? [] : argumentsOf(value).arguments.map(escapeDollars));
      return;
    }
    case "--gpus": {
      const count = /(?:^|count=)(\d+)$/.exec(value)?.[1];
      const device = {
        driver: "nvidia",
        count: count === undefined ? "all" : Number(count),
        capabilities: ["gpu"],
      };
      put("deploy", { resources: { reservations: { devices: [device] } } });
      return;
    }
    case "--health-cmd": {
      put("healthcheck", { test: ["CMD-SHELL", escapeDollars(value)] });
      return;
    }
    case "--no-healthcheck": {
      put("healthcheck", { disable: true });
      return;
    }
    case "--health-retries": {
      put("healthcheck", { retries: Number(value) });
      return;
    }
    case "--health-interval":
    case "--health-timeout":
    case "--health-start-period":
    case "--health-start-interval": {
      put("healthcheck", { [name.slice("--health-".length).replaceAll("-", "_")]: value });
      return;
    }
    case "--log-driver": {
      put("logging", { driver: value });
      return;
    }
    case "--log-opt": {
      const [option, text] = splitOnce(value);
      const logging = dataOf(service["logging"]);
      put("logging", { options: { ...dataOf(logging["options"]), [option]: escapeDollars(text) } });
      return;
    }
    case "--ulimit": {
      const [limit, numbers] = splitOnce(value);
      const [soft, hard] = numbers.split(":").map(Number);
      put("ulimits", { [limit]: hard === undefined ? soft : { soft, hard } });
      return;
    }
    case "--stop-timeout": {
      put("stop_grace_period", `${value}s`);
      return;
    }
    case "--blkio-weight": {
      put("blkio_config", { weight: Number(value) });
      return;
    }
    case "--volume-driver": {
      parts.warn(key, name, `Set the driver "${value}" under volumes at the top level.`);
      return;
    }
    default:
      // --name gave the service its name.
      if (name !== "--name")
        parts.warn(key, name, `${name} ${value} was left out: Compose sets it in a network's options.`);
  }
}

function takeEnvironment(value: string, { service, key, parts }: Taking): void {
  const at = value.indexOf("=");
  const environment = dataOf(service["environment"]);
  if (at === -1) {
    // Taken from the environment of whoever ran the command.
    const variable = parts.variables.add(value, key, { type: "text" });
    service["environment"] = { ...environment, [value]: `\${${variable}}` };
    return;
  }
  const name = value.slice(0, at);
  service["environment"] = { ...environment, [name]: parts.value(name, value.slice(at + 1), key) };
}

/** `container:NAME` as Compose says it. */
function reference(key: string, value: string, shared: Shared): string {
  if ((key !== "pid" && key !== "ipc") || !value.startsWith("container:")) return value;
  const target = shared.find(value.slice("container:".length));
  return target === null ? value : `service:${target}`;
}
