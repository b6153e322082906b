import { chmod, copyFile, mkdir, readdir, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { exec, findProgram, lastLines } from "../setup/exec.mjs";
import { qemuProgram } from "../setup/host-packages.mjs";
import { SetupProblem } from "../setup/problem.mjs";

/** What the machines that Berth starts load; the network card's boot ROM is off. */
const firmware = ["bios-256k.bin", "kvmvapic.bin", "linuxboot_dma.bin", "multiboot_dma.bin", "pvh.bin"];

/** The C library belongs to the system: its parts fit only each other and the kernel's loader. */
const systemLibrary =
  /^(ld-linux.*|lib(c|m|dl|rt|pthread|resolv|util|nsl|anl|mvec|thread_db|BrokenLocale)\.so.*|linux-vdso.*)$/;

/**
 * Collects QEMU with its firmware and libraries into a folder that can be moved:
 *   bin/      small starters, which point the programs at lib/ and share/
 *   libexec/  the programs
 * @param {string} target
 * @returns {Promise<string>} QEMU's version
 */
export async function collectQemu(target) {
  const programs = [qemuProgram(process.arch), "qemu-img"];
  const folders = ["bin", "libexec", "lib", path.join("share", "qemu"), "licenses"];
  for (const folder of folders) await mkdir(path.join(target, folder), { recursive: true });

  /** @type {Set<string>} */
  const libraries = new Set();
  for (const name of programs) {
    const program = findProgram(name);
    if (!program)
      throw new SetupProblem(`${name} is missing.`, "Run node scripts/setup.mjs, then this again.");
    const copy = path.join(target, "libexec", name);
    await copyFile(program, copy);
    await chmod(copy, 0o755);
    const starter = path.join(target, "bin", name);
    await writeFile(starter, starterScript(name, name === "qemu-img" ? "" : '-L "$here/../share/qemu" '), {
      mode: 0o755,
    });
    for (const library of await librariesOf(program)) libraries.add(library);
  }
  for (const library of libraries) await copyFile(library, path.join(target, "lib", path.basename(library)));
  await copyFirmware(path.join(target, "share", "qemu"));
  await copyLicences(
    [...libraries, ...programs.map((name) => findProgram(name) ?? "")],
    path.join(target, "licenses"),
  );

  const { stdout, stderr } = await exec(path.join(target, "bin", programs[0] ?? ""), ["--version"]);
  const version = /version (\S+)/.exec(stdout)?.[1];
  if (!version) throw new Error(`the bundled QEMU does not start: ${stderr}`);
  return version;
}

/**
 * Uses nothing but the shell itself. `exec` keeps the process number, by which the engine knows its QEMU.
 * @param {string} name
 * @param {string} options
 */
function starterScript(name, options) {
  return [
    "#!/bin/sh",
    "here=${0%/*}",
    `LD_LIBRARY_PATH="$here/../lib" exec "$here/../libexec/${name}" ${options}"$@"`,
    "",
  ].join("\n");
}

/**
 * @param {string} program
 * @returns {Promise<string[]>} paths of all libraries it loads, but the C library's
 */
async function librariesOf(program) {
  const result = await exec("ldd", [program]);
  if (result.code !== 0) throw new Error(`ldd ${program}: ${lastLines(result)}`);
  return result.stdout.split("\n").flatMap((line) => {
    const file = /=> (\/\S+)/.exec(line)?.[1];
    return file && !systemLibrary.test(path.basename(file)) ? [file] : [];
  });
}

/** @param {string} target */
async function copyFirmware(target) {
  for (const dir of ["/usr/share/qemu", "/usr/share/seabios"]) {
    for (const name of await readdir(dir).catch(() => [])) {
      if (firmware.includes(name)) await copyFile(path.join(dir, name), path.join(target, name));
    }
  }
  const missing =
    process.arch === "x64" && !(await stat(path.join(target, "bios-256k.bin")).catch(() => undefined));
  if (missing) throw new SetupProblem("QEMU's firmware is missing.", "Install the package seabios.");
}

/**
 * The licences of everything that is bundled, from the packages that the files belong to.
 * @param {readonly string[]} files
 * @param {string} target
 */
async function copyLicences(files, target) {
  // A merged /usr knows some files by their old place.
  const places = files.flatMap((file) => [
    file,
    file.replace(/^\/usr\/lib\//, "/lib/"),
    file.replace(/^\/lib\//, "/usr/lib/"),
  ]);
  const { stdout } = await exec("dpkg-query", ["-S", ...new Set(places)]);
  const packages = new Set(stdout.split("\n").flatMap((line) => /^([^:,\s]+)[:,]/.exec(line)?.[1] ?? []));
  for (const name of [...packages, "seabios"]) {
    await copyFile(`/usr/share/doc/${name}/copyright`, path.join(target, `${name}.txt`)).catch(
      () => undefined,
    );
  }
}
