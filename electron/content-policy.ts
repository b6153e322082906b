import path from "node:path";

/** The one origin that the window's page has. */
export const appOrigin = "berth://app";

/**
 * Scripts and styles come from our own files only; nothing is fetched from elsewhere (the page talks to the
 * engine through its port). Trusted types close the DOM's string sinks for everything but the framework.
 * Style attributes are let through because widgets place pop-ups with them; style sheets are not.
 */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "style-src-attr 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types svelte-trusted-html",
].join("; ");

/** Headers that go with every answer of the app's scheme. */
export const securityHeaders: Readonly<Record<string, string>> = {
  "Content-Security-Policy": contentSecurityPolicy,
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Cache-Control": "no-cache",
};

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

/** The media type that a file's name stands for. */
export function mediaType(file: string): string {
  return mediaTypes[path.extname(file).toLowerCase()] ?? "application/octet-stream";
}

/**
 * The file under `root` that an address of our scheme names, or null where it names none that we would
 * serve: a foreign host, an undecodable path, or one that leads out of `root`.
 */
export function fileForAddress(address: string, root: string): string | null {
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url?.protocol !== "berth:" || url.host !== "app") return null;
  const decoded = decode(url.pathname);
  if (decoded === null || /[\0\\]/.test(decoded) || decoded.split("/").includes("..")) return null;
  const file = path.join(root, decoded === "/" || decoded === "" ? "index.html" : decoded);
  return file.startsWith(root + path.sep) ? file : null;
}

function decode(pathname: string): string | null {
  try {
    return decodeURIComponent(pathname);
  } catch {
    return null;
  }
}
