import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { app } from "electron";
import { z } from "zod";
import type { EngineProgram } from "../engine/contract/connect.ts";

/** The built program: `dist` in a checkout, `app.asar` in the package. */
const builtDir = path.dirname(__dirname);

export const rendererDir = path.join(builtDir, "renderer");
export const preloadFile = path.join(__dirname, "preload.cjs");

/** A picture of the app's, by name. */
export function iconFile(name: string): string {
  return path.join(builtDir, "resources", "icons", name);
}

const environmentSchema = z.object({ node: z.string().optional() });

/**
 * How the engine is run: the packaged program on its own; in a checkout the built script on the Node.js that
 * set-up noted, the dependencies' own, or the one on the PATH.
 */
export function engineProgram(): EngineProgram {
  if (app.isPackaged) {
    const name = process.platform === "win32" ? "berth.exe" : "berth";
    return { command: path.join(process.resourcesPath, "bin", name), args: ["engine"] };
  }
  return { command: developmentNode(), args: [path.join(builtDir, "berth.cjs"), "engine"] };
}

function developmentNode(): string {
  const file = path.join(builtDir, "environment.json");
  const noted = existsSync(file)
    ? environmentSchema.parse(JSON.parse(readFileSync(file, "utf8"))).node
    : undefined;
  if (noted !== undefined) return noted;
  const pinned = path.join(builtDir, "..", "node_modules", ".bin", "node");
  return existsSync(pinned) ? pinned : "node";
}
