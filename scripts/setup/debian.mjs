import { existsSync, readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { aptCandidates, majorInSuite, majorOf, openApt } from "./apt.mjs";
import { exec, lastLines } from "./exec.mjs";
import { debianQemuPackages, minimumQemuMajor, systemPackages } from "./host-packages.mjs";
import { SetupProblem } from "./problem.mjs";
import { inspectQemu, qemuProblem } from "./qemu.mjs";

const sourcesDir = "/etc/apt/sources.list.d";
const backportsFile = path.join(sourcesDir, "berth-backports.sources");

/**
 * @typedef {import("./host-packages.mjs").Purpose} Purpose
 * @typedef {import("./system.mjs").System} System
 * @typedef {import("./progress.mjs").Progress} Progress
 */

/**
 * The packages that are not installed: for each, its alternatives.
 * @param {readonly Purpose[]} purposes
 * @returns {Promise<(readonly string[])[]>}
 */
export async function missingDebianPackages(purposes) {
  const wanted = purposes.flatMap((purpose) => systemPackages.debian.packages[purpose] ?? []);
  const query = await exec("dpkg-query", ["-W", "-f", "${Package} ${db:Status-Status}\n", ...wanted.flat()]);
  return notInstalled(wanted, query.stdout);
}

/**
 * @param {readonly (readonly string[])[]} wanted
 * @param {string} status lines of `name status`
 */
export function notInstalled(wanted, status) {
  const installed = new Set(
    status.split("\n").flatMap((line) => (line.endsWith(" installed") ? [line.split(" ")[0]] : [])),
  );
  return wanted.filter((alternatives) => !alternatives.some((name) => installed.has(name)));
}

/**
 * Installs what is missing, and a QEMU that is new enough.
 * @param {System} system
 * @param {readonly (readonly string[])[]} missing
 * @param {boolean} needsQemu
 * @param {Progress} progress
 */
export async function installDebianPackages(system, missing, needsQemu, progress) {
  const qemu = debianQemuPackages(system.arch);
  const backports = `${system.codename}-backports`;
  const look = () => aptCandidates([...missing.flat(), ...qemu]);
  let candidates = await look();
  /** @param {readonly string[]} alternatives */
  const choice = (alternatives) => alternatives.find((name) => candidates.has(name));
  const names = missing.map((alternatives) => choice(alternatives) ?? alternatives.at(-1) ?? "");
  const command = `apt-get install ${[...names, ...(needsQemu ? qemu : [])].join(" ")}`;
  const apt = await openApt(needsQemu ? `${command} (QEMU ${minimumQemuMajor} or newer)` : command, progress);

  const known = (needsQemu ? [...missing, qemu] : missing).every((alternatives) => choice(alternatives));
  if (!known) {
    await apt.update("reading the package lists");
    candidates = await look();
  }
  const tooOld = needsQemu && majorOf(candidates.get(qemu[0] ?? "")) < minimumQemuMajor;
  if (tooOld && (await majorInSuite(qemu[0] ?? "", backports)) < minimumQemuMajor) {
    await addBackports(system, apt, progress);
    await apt.update("reading the package lists");
    if ((await majorInSuite(qemu[0] ?? "", backports)) < minimumQemuMajor) throw await noQemuHere(system);
  }

  const plain = missing.map((alternatives) => {
    const name = choice(alternatives);
    if (name) return name;
    throw new SetupProblem(
      `The package ${alternatives.join(" or ")} is not offered by this system's package sources.`,
      "Check /etc/apt for the main section of your Debian release, run apt-get update, then run this again.",
    );
  });
  if (plain.length > 0) await apt.install("installing system packages", plain);
  if (!needsQemu) return;
  await apt.install("installing QEMU", [...(tooOld ? ["-t", backports] : []), ...qemu]);
  const state = await inspectQemu(system.arch);
  if (!state.good)
    throw qemuProblem(state, "Remove an older QEMU that comes first on the PATH, then run again.");
}

/** @param {System} system */
async function noQemuHere(system) {
  return qemuProblem(
    await inspectQemu(system.arch),
    `${system.name} offers no QEMU ${minimumQemuMajor}. Install a newer QEMU yourself so that it comes first on the ` +
      "PATH, or use Debian 12 with backports or Debian 13.",
  );
}

/**
 * Adds the release's backports, from the mirror that the system uses already.
 * @param {System} system
 * @param {import("./apt.mjs").Apt} apt
 * @param {Progress} progress
 */
async function addBackports(system, apt, progress) {
  if (existsSync(backportsFile)) return;
  const mirror = system.codename === "bookworm" ? debianMirror(readSources(), system.codename) : undefined;
  if (!mirror) throw await noQemuHere(system);
  progress.note(`QEMU ${minimumQemuMajor} comes from ${system.codename}-backports: adding ${backportsFile}`);
  const text = [
    "Types: deb",
    `URIs: ${mirror}`,
    `Suites: ${system.codename}-backports`,
    "Components: main",
    "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg",
    "",
  ].join("\n");
  const written = await apt.write(backportsFile, text);
  if (written.code !== 0) {
    throw new SetupProblem(
      `The package source ${backportsFile} could not be written: ${lastLines(written)}`,
      `Add ${system.codename}-backports to the package sources by hand, then run this again.`,
    );
  }
}

/**
 * The address of the release's main archive in apt's sources, in either of their two formats.
 * @param {readonly string[]} sources
 * @param {string} codename
 */
export function debianMirror(sources, codename) {
  for (const text of sources) {
    for (const stanza of text.split(/\n\s*\n/)) {
      const suites = /^Suites:(.*)$/m.exec(stanza)?.[1]?.trim().split(/\s+/) ?? [];
      const uri = /^URIs:\s*(\S+)/m.exec(stanza)?.[1];
      if (uri && suites.includes(codename) && !/^Enabled:\s*no/im.test(stanza)) return uri;
    }
    const oneLine = new RegExp(`^deb\\s+(?:\\[[^\\]]*\\]\\s+)?(\\S+)\\s+${codename}\\s+main`, "m").exec(text);
    if (oneLine) return oneLine[1];
  }
  return undefined;
}

function readSources() {
  const lists = existsSync(sourcesDir)
    ? readdirSync(sourcesDir).filter((name) => /\.(sources|list)$/.test(name))
    : [];
  const files = ["/etc/apt/sources.list", ...lists.map((name) => path.join(sourcesDir, name))];
  return files.filter((file) => existsSync(file)).map((file) => readFileSync(file, "utf8"));
}
