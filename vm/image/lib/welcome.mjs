// The welcome image, as a docker archive: one layer with busybox and a page.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { recipeDir } from "./recipe.mjs";
import { run } from "./run.mjs";
import { tar } from "./tar.mjs";

/** @param {Buffer} data */
const sha256 = (data) => createHash("sha256").update(data).digest("hex");

/** @param {string} root the Debian root, whose busybox is used */
async function layer(root) {
  const busybox = join(root, "usr/bin/busybox");
  const applets = (await run(busybox, ["--list"])).toString().trim().split("\n");
  /** @param {string} name */
  const own = (name) => readFileSync(join(recipeDir, "welcome", name));
  return tar([
    { name: "bin/" },
    { name: "bin/busybox", content: readFileSync(busybox), mode: 0o755 },
    ...applets
      .filter((name) => name !== "busybox")
      .sort()
      .map((name) => ({ name: `bin/${name}`, link: "busybox" })),
    { name: "bin/serve", content: own("serve"), mode: 0o755 },
    { name: "etc/" },
    {
      name: "etc/passwd",
      content: Buffer.from("root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n"),
    },
    { name: "etc/group", content: Buffer.from("root:x:0:\nnogroup:x:65534:\n") },
    { name: "root/", mode: 0o700 },
    { name: "tmp/", mode: 0o1777 },
    { name: "www/" },
    { name: "www/index.html", content: own("index.html") },
  ]);
}

/**
 * @param {string} root
 * @param {import('./recipe.mjs').Arch} arch
 */
export async function addWelcomeImage(root, arch) {
  const data = await layer(root);
  const id = sha256(data);
  const epoch = "1970-01-01T00:00:00Z";
  const config = Buffer.from(
    JSON.stringify({
      architecture: arch,
      os: "linux",
      created: epoch,
      config: {
        Env: ["PATH=/bin"],
        Cmd: ["serve"],
        ExposedPorts: { "80/tcp": {} },
        Labels: {
          "org.opencontainers.image.title": "Welcome to Berth",
          "org.opencontainers.image.description":
            "A page that shows that the engine works, and a shell with the usual tools.",
        },
      },
      rootfs: { type: "layers", diff_ids: [`sha256:${id}`] },
      history: [{ created: epoch, comment: "busybox and a page" }],
    }),
  );
  const name = `${sha256(config)}.json`;
  const manifest = [{ Config: name, RepoTags: ["berth/welcome:latest"], Layers: [`${id}/layer.tar`] }];
  const out = join(root, "usr/share/berth/welcome.tar");
  mkdirSync(dirname(out), { recursive: true });
  writeFileSync(
    out,
    tar([
      { name, content: config },
      { name: `${id}/` },
      { name: `${id}/layer.tar`, content: data },
      { name: "manifest.json", content: Buffer.from(JSON.stringify(manifest)) },
    ]),
  );
}
