import type { Data } from "../project/data.ts";
import { isData, listOf, namesOf, textOf } from "../project/data.ts";
import type { Project } from "../project/read-project.ts";
import { dependenciesOf, mountsOf, portsOf } from "../project/services.ts";
import { portRange, staysInside } from "../project/short-syntax.ts";
import { nearest } from "./compose-shape.ts";
import type { NodePath } from "./yaml-file.ts";

/** A mistake before its place in the file is known. */
export interface Mistake {
  severity: "error" | "warning";
  code: string;
  path: NodePath;
  message: string;
  fix: string;
}

/** Mistakes that only show when the parts of a project are held against each other. */
export function checkProject(project: Project): Mistake[] {
  const mistakes: Mistake[] = [];
  for (const [name, service] of project.services) {
    mistakes.push(
      ...checkSource(name, service),
      ...checkDependencies(name, service, project),
      ...checkNames(name, service, project),
      ...checkPorts(name, service),
      ...checkMounts(name, service, project),
    );
  }
  return [...mistakes, ...checkCycles(project), ...checkHostPorts(project)];
}

function checkSource(name: string, service: Data): Mistake[] {
  if (textOf(service["image"]) !== null || service["build"] !== undefined) return [];
  if (service["provider"] !== undefined || service["extends"] !== undefined) return [];
  return [
    {
      severity: "error",
      code: "no_image",
      path: ["services", name],
      message: `The service "${name}" has neither an image nor a build.`,
      fix: "Add image: with a name and a version.",
    },
  ];
}

function checkDependencies(name: string, service: Data, project: Project): Mistake[] {
  return dependenciesOf(service).flatMap((needed): Mistake[] => {
    if (project.services.has(needed) || needed === "" || project.missing.length > 0) return [];
    const field = namesOf(service["depends_on"]).includes(needed) ? "depends_on" : "links";
    return [
      {
        severity: "error",
        code: "unknown_service",
        path: ["services", name, field in service ? field : ""],
        message: `The service "${name}" needs "${needed}", which is not in the file.`,
        fix: didYouMean(needed, project.services.keys(), "Add the service, or remove the reference."),
      },
    ];
  });
}

function checkNames(name: string, service: Data, project: Project): Mistake[] {
  if (project.missing.length > 0) return [];
  const mistakes: Mistake[] = [];
  const declared = (kind: "networks" | "volumes" | "configs" | "secrets", wanted: string, path: NodePath) => {
    if (wanted in project[kind] || (kind === "networks" && wanted === "default")) return;
    mistakes.push({
      severity: "error",
      code: `undeclared_${kind.slice(0, -1)}`,
      path,
      message: `"${wanted}" is used by the service "${name}" but not declared under ${kind}.`,
      fix: didYouMean(wanted, Object.keys(project[kind]), `Add "${wanted}:" under ${kind} at the top level.`),
    });
  };
  for (const network of namesOf(service["networks"])) {
    declared("networks", network, ["services", name, "networks", network]);
  }
  mountsOf(service).forEach((mount, index) => {
    if (mount.type !== "volume" || mount.source === null || mount.source.includes("/")) return;
    declared("volumes", mount.source, ["services", name, "volumes", index]);
  });
  for (const kind of ["configs", "secrets"] as const) {
    listOf(service[kind]).forEach((entry, index) => {
      const wanted = isData(entry) ? textOf(entry["source"]) : textOf(entry);
      if (wanted !== null) declared(kind, wanted, ["services", name, kind, index]);
    });
  }
  return mistakes;
}

function checkPorts(name: string, service: Data): Mistake[] {
  const mistakes: Mistake[] = [];
  portsOf(service).forEach((port, index) => {
    for (const [end, text] of [
      ["in the container", port.target],
      ["of the host", port.published],
    ] as const) {
      if (text === null || text.includes("$")) continue;
      const range = portRange(text);
      if (range !== null && range[0] >= 1 && range[1] <= 65_535) continue;
      if (range !== null && range[0] === 0 && end === "of the host") continue;
      mistakes.push({
        severity: "error",
        code: "bad_port",
        path: ["services", name, "ports", index],
        message: `"${text}" is not a port ${end}; ports go from 1 to 65535.`,
        fix: 'Write it as "HOST:CONTAINER", for example "8080:80".',
      });
    }
  });
  return mistakes;
}

function checkMounts(name: string, service: Data, project: Project): Mistake[] {
  return mountsOf(service).flatMap((mount, index): Mistake[] => {
    if (mount.type !== "bind" || mount.source === null || mount.source.includes("$")) return [];
    const path = ["services", name, "volumes", index];
    if (!/^[/~\\]|^[A-Za-z]:/.test(mount.source)) {
      if (staysInside(mount.source) || project.missing.length > 0) return [];
      return [
        {
          severity: "error",
          code: "path_escapes",
          path,
          message: `"${mount.source}" leads out of the template's folder.`,
          fix: "Put the file into the template's folder and name it from there, such as ./config.",
        },
      ];
    }
    return [
      {
        severity: "warning",
        code: "host_mount",
        path,
        message: `"${mount.source}" is a path of somebody's computer.`,
        fix: "Use a named volume, or put the file into the template's folder.",
      },
    ];
  });
}

/** Ports of the host that two services want. */
function checkHostPorts(project: Project): Mistake[] {
  const taken = new Map<string, string>();
  const mistakes: Mistake[] = [];
  for (const [name, service] of project.services) {
    portsOf(service).forEach((port, index) => {
      if (port.published === null || portRange(port.published) === null || port.published === "0") return;
      const key = `${port.hostIp ?? ""}:${port.published}/${port.protocol}`;
      const other = taken.get(key);
      taken.set(key, name);
      if (other === undefined) return;
      mistakes.push({
        severity: "warning",
        code: "port_twice",
        path: ["services", name, "ports", index],
        message: `Port ${port.published} of the host is wanted twice, by "${other}" and by "${name}".`,
        fix: "Give each its own port variable with a default of its own.",
      });
    });
  }
  return mistakes;
}

function checkCycles(project: Project): Mistake[] {
  const state = new Map<string, "open" | "done">();
  const mistakes: Mistake[] = [];
  const visit = (name: string, chain: string[]) => {
    if (state.get(name) === "done") return;
    if (state.get(name) === "open") {
      const cycle = [...chain.slice(chain.indexOf(name)), name];
      mistakes.push({
        severity: "error",
        code: "dependency_cycle",
        path: ["services", name, "depends_on"],
        message: `Services wait for each other: ${cycle.join(" → ")}.`,
        fix: "Remove one of these dependencies.",
      });
      return;
    }
    state.set(name, "open");
    const service = project.services.get(name);
    for (const next of service === undefined ? [] : dependenciesOf(service)) {
      if (project.services.has(next)) visit(next, [...chain, name]);
    }
    state.set(name, "done");
  };
  for (const name of project.services.keys()) visit(name, []);
  return mistakes;
}

function didYouMean(name: string, known: Iterable<string>, otherwise: string): string {
  const near = nearest(name, known);
  return near === null ? otherwise : `Did you mean "${near}"?`;
}
