import type { Risk } from "../../contract/index.ts";
import { type Data, dataOf, isData, listOf, textOf } from "../project/data.ts";
import type { Project } from "../project/read-project.ts";
import { mountsOf } from "../project/services.ts";
import { isHostPath, staysInside } from "../project/short-syntax.ts";

type Found = Omit<Risk, "service">;

/** Folders of a host whose content decides who is in charge of it. */
const powerful = [
  "/",
  "/etc",
  "/root",
  "/home",
  "/usr",
  "/bin",
  "/sbin",
  "/lib",
  "/boot",
  "/dev",
  "/proc",
  "/sys",
  "/var",
  "/var/lib",
  "/var/lib/docker",
  "/var/lib/containerd",
  "/Users",
  "/opt",
  "/private",
];

/** What a service can reach of the computer that it runs on, by any spelling of a mount. */
export function mountRisks(service: Data, project: Project): Found[] {
  const risks: Found[] = [];
  for (const mount of mountsOf(service)) {
    const device =
      mount.type === "volume" && mount.source !== null ? boundDevice(project.volumes[mount.source]) : null;
    const source = mount.type === "bind" || mount.type === "npipe" ? mount.source : device;
    if (source !== null) risks.push(...pathRisk(source, mount.readOnly));
  }
  for (const kind of ["configs", "secrets"] as const) {
    for (const entry of listOf(service[kind])) {
      const name = isData(entry) ? textOf(entry["source"]) : textOf(entry);
      const file = textOf(dataOf(name === null ? null : project[kind][name])["file"]);
      if (file !== null) risks.push(...pathRisk(file, true));
    }
  }
  for (const entry of listOf(service["env_file"])) {
    const file = isData(entry) ? textOf(entry["path"]) : textOf(entry);
    if (file !== null) risks.push(...pathRisk(file, true));
  }
  if (service["use_api_socket"] === true) risks.push(socket("use_api_socket"));
  return risks;
}

/** The host's path that a named volume is bound to (`driver_opts` of the local driver); null where there is none. */
function boundDevice(volume: unknown): string | null {
  const options = dataOf(dataOf(volume)["driver_opts"]);
  const device = textOf(options["device"]);
  const how = `${textOf(options["o"]) ?? ""},${textOf(options["type"]) ?? ""}`;
  return device !== null && /\b(?:r?bind|none)\b/.test(how) ? device : null;
}

function pathRisk(source: string, readOnly: boolean): Found[] {
  const clean = source.replace(/\/+$/, "") || "/";
  if (
    /docker(?:_engine|\.sock)$|(?:podman|containerd|crio)\.sock$/.test(clean) ||
    /^\/(?:var\/)?run(?:\/docker)?$/.test(clean)
  ) {
    return [socket(source)];
  }
  if (!isHostPath(clean) || (clean.startsWith(".") && staysInside(clean))) return [];
  const can = readOnly ? "read" : "read and change";
  if (powerful.includes(clean) || clean === "~") {
    return [
      {
        kind: "host-mount",
        level: "high",
        detail: source,
        message: `It can ${can} ${clean === "/" ? "all files" : `everything in ${source}`} of the machine that it runs on.`,
      },
    ];
  }
  const outside = clean.startsWith(".") ? ", which is outside of the template's folder" : "";
  return [
    { kind: "host-mount", level: "medium", detail: source, message: `It can ${can} ${source}${outside}.` },
  ];
}

function socket(detail: string): Found {
  return {
    kind: "docker-socket",
    level: "high",
    detail,
    message: "It can control Docker itself, and with it every container, image and volume.",
  };
}
