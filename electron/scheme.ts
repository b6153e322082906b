import { readFile } from "node:fs/promises";
import { protocol } from "electron";
import { fileForAddress, mediaType, securityHeaders } from "./content-policy.ts";

/** Makes `berth:` a standard, secure scheme. Must run before the app is ready. */
export function declareScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: "berth", privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
  ]);
}

/** Serves the built page under `berth://app/`, read-only and with the security headers. */
export function serveScheme(rendererDir: string): void {
  protocol.handle("berth", async (request) => {
    if (request.method !== "GET" && request.method !== "HEAD") return refuse(405);
    const file = fileForAddress(request.url, rendererDir);
    if (file === null) return refuse(403);
    try {
      const body = await readFile(file);
      return new Response(new Uint8Array(body), {
        headers: { ...securityHeaders, "Content-Type": mediaType(file) },
      });
    } catch {
      return refuse(404);
    }
  });
}

function refuse(status: number): Response {
  return new Response(null, { status, headers: { ...securityHeaders } });
}
