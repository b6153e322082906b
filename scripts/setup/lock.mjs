import {
  linkSync,
  mkdirSync,
  readFileSync,
  rmSync,
  rmdirSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";

const retryMs = 500;
const takeoverStaleMs = 10_000;

/**
 * Who holds a lock. The start time tells a process from a later one with the same number.
 * @typedef {{ pid: number, startedAt: string }} Owner
 */

/**
 * Holds a file lock across processes while the work runs. A lock whose owner died is taken over; the lock goes
 * away when this process ends, however it ends.
 * @template T
 * @param {string} file
 * @param {(owner: Owner) => void} onWait told once when another process holds it
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(file, onWait, work) {
  mkdirSync(path.dirname(file), { recursive: true });
  let told = false;
  while (!tryLock(file)) {
    const owner = readOwner(file);
    if (owner && !isAlive(owner)) takeAway(file);
    else {
      if (owner && !told) onWait(owner);
      told = true;
      await delay(retryMs);
    }
  }
  const release = () => rmSync(file, { force: true });
  process.once("exit", release);
  try {
    return await work();
  } finally {
    process.off("exit", release);
    release();
  }
}

/**
 * Makes the lock in one step, with its content already in it: a link fails where the name exists.
 * @param {string} file
 */
function tryLock(file) {
  const own = `${file}.${process.pid}`;
  writeFileSync(own, JSON.stringify({ pid: process.pid, startedAt: startTime(process.pid) }));
  try {
    linkSync(own, file);
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === "EEXIST") return false;
    throw error;
  } finally {
    unlinkSync(own);
  }
}

/**
 * Removes a dead owner's lock. Only one process at a time may do so, or a second one could remove the lock that
 * the first has just made for itself.
 * @param {string} file
 */
function takeAway(file) {
  const guard = `${file}.takeover`;
  try {
    mkdirSync(guard);
  } catch {
    try {
      if (Date.now() - statSync(guard).mtimeMs > takeoverStaleMs) rmdirSync(guard);
    } catch {
      // Another process ended its takeover meanwhile.
    }
    return;
  }
  try {
    const owner = readOwner(file);
    if (owner && !isAlive(owner)) unlinkSync(file);
  } finally {
    rmdirSync(guard);
  }
}

/**
 * @param {string} file
 * @returns {Owner | undefined}
 */
function readOwner(file) {
  try {
    const owner = JSON.parse(readFileSync(file, "utf8"));
    return { pid: Number(owner.pid), startedAt: String(owner.startedAt) };
  } catch {
    return undefined;
  }
}

/** @param {Owner} owner */
function isAlive(owner) {
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== "EPERM") return false;
  }
  return startTime(owner.pid) === owner.startedAt;
}

/**
 * The kernel's start time of a process; empty where the system does not tell (then the number alone counts).
 * @param {number} pid
 */
function startTime(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  } catch {
    return "";
  }
}
