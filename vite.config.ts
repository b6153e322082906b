import { readFileSync } from "node:fs";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

const { version } = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8")) as {
  version: string;
};

/** Builds the window. `base` is relative, so that it loads from the app's own scheme and over HTTP alike. */
export default defineConfig({
  root: new URL("renderer", import.meta.url).pathname,
  base: "./",
  publicDir: false,
  plugins: [svelte({ configFile: false, compilerOptions: { runes: ({ filename }) => runes(filename) } })],
  define: { __BERTH_VERSION__: JSON.stringify(version) },
  build: {
    outDir: "../dist/renderer",
    emptyOutDir: true,
    target: "chrome130",
    // Fonts and pictures stay files: the content security policy allows them from 'self' only.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { fs: { allow: [new URL(".", import.meta.url).pathname] } },
});

function runes(filename: string): true | undefined {
  return filename.includes("node_modules") ? undefined : true;
}
