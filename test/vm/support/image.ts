import { existsSync, readdirSync, statSync } from "node:fs";
import path from "node:path";

/** The guest image to test with: BERTH_IMAGE_DIR, else the newest in the cache. Throws when there is none. */
export function testImageDir(environment: NodeJS.ProcessEnv = process.env): string {
  const named = environment["BERTH_IMAGE_DIR"];
  if (named) return named;
  const cache = path.join(environment["BERTH_CACHE"] ?? "/var/cache/berth", "images");
  const images = existsSync(cache)
    ? readdirSync(cache)
        .map((name) => path.join(cache, name))
        .filter((folder) => existsSync(path.join(folder, "manifest.json")))
        .sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)
    : [];
  if (images[0]) return images[0];
  throw new Error(
    `There is no guest image: set BERTH_IMAGE_DIR, or build one into ${cache} with \`npm run setup\`.`,
  );
}
