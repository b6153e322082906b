import type { Data } from "../../project/data.ts";
import { isData, textOf } from "../../project/data.ts";

/** Whether data is a Compose file of the first format: services at the top, without anything around them. */
export function isLegacyCompose(data: Data): boolean {
  if ("services" in data || "include" in data) return false;
  const entries = Object.entries(data).filter(([key]) => !key.startsWith("x-"));
  return (
    entries.length > 0 &&
    entries.every(([, value]) => isData(value) && ("image" in value || "build" in value))
  );
}

/** A file of the first format in today's; `version 1` linked services on one network and knew no volumes' names. */
export function upgradeLegacyCompose(data: Data): Data {
  const volumes: Data = {};
  const services = Object.fromEntries(
    Object.entries(data).map(([name, service]) => [
      name,
      isData(service) ? upgradeService(service, volumes) : service,
    ]),
  );
  return { services, ...(Object.keys(volumes).length === 0 ? {} : { volumes }) };
}

/** Keys whose meaning has a new name. */
const renamed: Readonly<Record<string, string>> = { net: "network_mode" };

function upgradeService(service: Data, volumes: Data): Data {
  const result: Data = {};
  for (const [key, value] of Object.entries(service)) {
    if (key === "dockerfile") continue;
    result[renamed[key] ?? key] = value;
  }
  const dockerfile = textOf(service["dockerfile"]);
  const build = textOf(service["build"]);
  if (dockerfile !== null && build !== null) result["build"] = { context: build, dockerfile };
  for (const volume of Array.isArray(service["volumes"]) ? service["volumes"] : []) {
    const source = (textOf(volume) ?? "").split(":")[0] ?? "";
    if (/^[\w][\w.-]*$/.test(source) && (textOf(volume) ?? "").includes(":")) volumes[source] = {};
  }
  const network = textOf(result["network_mode"]);
  if (network?.startsWith("container:") === true) result["network_mode"] = `service:${network.slice(10)}`;
  return result;
}
