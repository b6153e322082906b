import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import path from "node:path";
import { pipeline } from "node:stream/promises";

const mediaTypes: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".woff2": "font/woff2",
  ".txt": "text/plain; charset=utf-8",
};

/** Headers of every answer; `host` is the name that the page was asked for under. */
export function securityHeaders(host: string): Record<string, string> {
  return {
    "Content-Security-Policy": [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      // Widgets place pop-ups with style attributes; style sheets of others stay out.
      "style-src-attr 'unsafe-inline'",
      "img-src 'self' data:",
      "font-src 'self'",
      `connect-src 'self' ws://${host}`,
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
      "trusted-types svelte-trusted-html",
    ].join("; "),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-cache",
  };
}

/** The file under `root` that a path names; null where it names none that we serve. */
export function fileForPath(pathname: string, root: string): string | null {
  let decoded: string;
  try {
    decoded = decodeURIComponent(pathname);
  } catch {
    return null;
  }
  if (/[\0\\]/.test(decoded) || decoded.split("/").includes("..")) return null;
  const file = path.join(root, decoded === "/" ? "index.html" : decoded);
  return file.startsWith(root + path.sep) ? file : null;
}

/** Sends a file; false, sending nothing, when there is none. */
export async function sendFile(file: string, response: ServerResponse): Promise<boolean> {
  const facts = await stat(file).catch(() => null);
  if (!facts?.isFile()) return false;
  response.setHeader(
    "Content-Type",
    mediaTypes[path.extname(file).toLowerCase()] ?? "application/octet-stream",
  );
  response.setHeader("Content-Length", facts.size);
  response.writeHead(200);
  if (response.req.method === "HEAD") response.end();
  else await pipeline(createReadStream(file), response);
  return true;
}
