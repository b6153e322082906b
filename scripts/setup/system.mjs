import { readFileSync } from "node:fs";
import { systemPackages } from "./host-packages.mjs";
import { SetupProblem } from "./problem.mjs";

/**
 * @typedef {object} System
 * @property {"debian" | "otherLinux" | "darwin" | "win32"} kind
 * @property {string} name for people
 * @property {string} codename Debian's or Ubuntu's, else empty
 * @property {"x64" | "arm64"} arch
 */

const oldestNodeMajor = 20;

/**
 * Recognises the system, or says why it is not supported.
 * @param {{ platform: string, arch: string, nodeVersion: string, osRelease: string }} facts
 * @returns {System}
 */
export function recogniseSystem(facts) {
  if (Number(facts.nodeVersion.replace(/^v/, "").split(".")[0]) < oldestNodeMajor) {
    throw new SetupProblem(
      `Node.js ${facts.nodeVersion} is too old: the set-up needs ${oldestNodeMajor} or newer.`,
      "Install a current Node.js, for example with your system's packages or a version manager, and run again.",
    );
  }
  if (facts.arch !== "x64" && facts.arch !== "arm64") {
    throw new SetupProblem(
      `The processor type ${facts.arch} is not supported.`,
      "Berth runs on 64-bit Intel/AMD (x64) and ARM (arm64) computers.",
    );
  }
  const arch = facts.arch;
  switch (facts.platform) {
    case "darwin":
      return { kind: "darwin", name: "macOS", codename: "", arch };
    case "win32":
      return { kind: "win32", name: "Windows", codename: "", arch };
    case "linux":
      return recogniseLinux(facts.osRelease, arch);
    default:
      throw new SetupProblem(
        `The system ${facts.platform} is not supported.`,
        "Berth runs on Linux, macOS and Windows.",
      );
  }
}

/** The system this runs on. */
export function currentSystem() {
  return recogniseSystem({
    platform: process.platform,
    arch: process.arch,
    nodeVersion: process.version,
    osRelease: readOsRelease(),
  });
}

/**
 * @param {System} system
 * @returns {string}
 */
export function describeSystem(system) {
  const known = system.kind === "otherLinux" ? undefined : systemPackages[system.kind];
  return `${system.name}, ${system.arch}${known?.verified ? "" : " (not verified: see docs/setup.md)"}`;
}

/**
 * @param {string} osRelease
 * @param {"x64" | "arm64"} arch
 * @returns {System}
 */
function recogniseLinux(osRelease, arch) {
  /** @param {string} key */
  const field = (key) => new RegExp(`^${key}="?([^"\n]*)"?$`, "m").exec(osRelease)?.[1] ?? "";
  const families = [field("ID"), ...field("ID_LIKE").split(/\s+/)];
  return {
    kind: families.includes("debian") ? "debian" : "otherLinux",
    name: field("PRETTY_NAME") || "Linux",
    codename: field("VERSION_CODENAME"),
    arch,
  };
}

function readOsRelease() {
  try {
    return readFileSync("/etc/os-release", "utf8");
  } catch {
    return "";
  }
}
