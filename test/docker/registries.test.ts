import { createWriteStream } from "node:fs";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { pack } from "tar-stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../e2e/support/free-port.ts";
import {
  buildTinyImage,
  localEngineProblem,
  type LocalEngine,
  pushImage,
  startLocalEngine,
  startRegistry,
} from "../support/local-engine/index.ts";
import { done, ended } from "./support/outcome.ts";

const problem = localEngineProblem();
const login = { username: "ada", password: "correct horse" };

/** A credential helper that keeps its secrets in a file beside it, as `docker-credential-pass` would in its own. */
const helper = `#!/usr/bin/env node
const fs = require("fs"), file = __filename + ".json";
const all = fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, "utf8")) : {};
const input = process.argv[2] === "list" ? "" : fs.readFileSync(0, "utf8").trim();
const save = () => fs.writeFileSync(file, JSON.stringify(all));
if (process.argv[2] === "store") { const one = JSON.parse(input); all[one.ServerURL] = one; save(); }
if (process.argv[2] === "erase") { delete all[input]; save(); }
if (process.argv[2] === "list") {
  console.log(JSON.stringify(Object.fromEntries(Object.values(all).map((one) => [one.ServerURL, one.Username]))));
}
if (process.argv[2] === "get") {
  if (!all[input]) { console.log("credentials not found in native keychain"); process.exit(1); }
  console.log(JSON.stringify(all[input]));
}
`;

describe.skipIf(problem !== null)(`registries${problem === null ? "" : ` (skipped: ${problem})`}`, () => {
  let engine: LocalEngine;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), "berth-registries-"));
    const program = path.join(folder, "docker-credential-file");
    await writeFile(program, helper);
    await chmod(program, 0o755);
    process.env["BERTH_CREDENTIAL_HELPER"] = program;
    process.env["DOCKER_CONFIG"] = path.join(folder, "docker");
    engine = await startLocalEngine();
    await buildTinyImage(engine.docker, "tiny:1", { "/hello.txt": "hello" });
  });
  afterAll(async () => {
    delete process.env["BERTH_CREDENTIAL_HELPER"];
    delete process.env["DOCKER_CONFIG"];
    await engine.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const config = async () =>
    JSON.parse(await readFile(path.join(folder, "docker", "config.json"), "utf8")) as object;

  it("signs in where docker's own client finds it, pushes and pulls with it, and signs out", async () => {
    const { client } = engine;
    const registry = await startRegistry(engine, { port: 5021, login });
    const { address } = registry;
    const name = `${address}/team/tiny:1`;
    await client.images.tag({ id: "tiny:1", reference: name });
    const refused = await ended(client, (await client.images.push({ reference: name })).activity);
    expect(refused.error?.hint).toContain("Sign in");

    await expect(client.registries.signIn({ address, ...login, password: "wrong" })).rejects.toThrow(
      "does not accept this name and password",
    );
    expect((await client.registries.list()).registries.map(({ id }) => id)).not.toContain(address);
    await client.registries.signIn({ address, ...login });
    expect(await config()).toEqual({ credHelpers: { [address]: "file" } });
    const { registries } = await client.registries.list();
    expect(registries.find(({ id }) => id === address)).toMatchObject({ username: "ada" });

    await done(client, (await client.images.push({ reference: name })).activity);
    await client.images.untag({ reference: name });
    await done(client, (await client.images.pull({ reference: name })).activity);
    expect(await client.registries.search({ address, query: "tiny" })).toEqual({
      more: false,
      results: [expect.objectContaining({ name: `${address}/team/tiny` })],
    });
    const { tags } = await client.registries.tags({ repository: `${address}/team/tiny` });
    expect(tags.map((tag) => tag.name)).toEqual(["1"]);

    await client.registries.signOut({ address });
    expect(await config()).toEqual({});
    await expect(client.registries.search({ address, query: "tiny" })).rejects.toThrow(
      "wants you to sign in",
    );
    await registry.stop();
  });

  it("says why a registry cannot be used", async () => {
    const { client } = engine;
    const test = (address: string, more = {}) => client.registries.test({ address, ...more });
    const locked = await startRegistry(engine, { port: 5022, login });
    expect(await test(locked.address)).toMatchObject({ ok: false, code: "sign_in_needed" });
    expect(await test(locked.address, { ...login, password: "no" })).toMatchObject({
      code: "wrong_password",
    });
    expect(await test(`http://${locked.address}/v2/`, login)).toMatchObject({ ok: true });
    await locked.stop();
    const nobody = await test("127.0.0.1:5099");
    expect(nobody).toMatchObject({ code: "unreachable", message: "Nothing listens at 127.0.0.1:5099." });
    expect(await test("registry.invalid")).toMatchObject({ code: "unreachable" });
    const unknown = await startRegistry(engine, { port: 5023, tls: true, trusted: false });
    expect(await test(unknown.address)).toMatchObject({ code: "bad_certificate" });
    const failed = await ended(
      client,
      (await client.images.pull({ reference: `${unknown.address}/tiny` })).activity,
    );
    expect(failed.error?.message).toContain("certificate is not trusted");
    await unknown.stop();
  });

  it("searches the catalogue of a registry with a certificate of its own, and Docker Hub's mirror", async () => {
    const { client } = engine;
    const registry = await startRegistry(engine, { port: 5025, tls: true });
    await pushImage(engine.docker, "tiny:1", `${registry.address}/tools/tiny:2`);
    const { results } = await client.registries.search({ address: registry.address, query: "tool" });
    expect(results.map(({ name }) => name)).toEqual([`${registry.address}/tools/tiny`]);
    await registry.stop();
    await expect(client.registries.search({ address: "registry.invalid:5000", query: "a" })).rejects.toThrow(
      "cannot be reached",
    );
    const mirror = await startRegistry(engine, { port: 5026, mirror: true });
    await pushImage(engine.docker, "tiny:1", `${mirror.address}/library/redis:7`);
    await client.settings.set({ "registries.mirrors": `http://${mirror.address}` });
    expect((await client.registries.search({ address: "docker.io", query: "redis" })).results).toMatchObject([
      { name: "redis" },
    ]);
    expect((await client.registries.tags({ repository: "redis" })).tags).toMatchObject([{ name: "7" }]);
    await done(client, (await client.images.pull({ reference: "redis:7" })).activity);
    await mirror.stop();
  });

  it("starts a registry of one's own, which takes and gives images", async () => {
    const { client, docker } = engine;
    const port = await freePort();
    await registryImage(engine, "registry:2");
    const { activity, address } = await client.registries.startPrivate({ port });
    await done(client, activity);
    const listed = async () => (await client.registries.list()).registries.find(({ id }) => id === address);
    await expect.poll(listed).toMatchObject({ container: "berth-registry" });
    await expect.poll(() => client.registries.test({ address })).toMatchObject({ ok: true });
    const name = `${address}/mine/tiny:1`;
    await client.images.tag({ id: "tiny:1", reference: name });
    await done(client, (await client.images.push({ reference: name })).activity);
    await client.images.untag({ reference: name });
    expect((await client.registries.tags({ repository: `${address}/mine/tiny` })).tags).toMatchObject([
      { name: "1" },
    ]);
    await done(client, (await client.images.pull({ reference: name })).activity);
    // Started again, it is the same one.
    await docker.getContainer("berth-registry").stop();
    await done(client, (await client.registries.startPrivate({})).activity);
    await expect.poll(() => client.registries.test({ address })).toMatchObject({ ok: true });
  });
});

/** An image of the distribution's registry program, in the place of Docker Hub's. */
async function registryImage(engine: LocalEngine, tag: string): Promise<void> {
  const storage = { filesystem: { rootdirectory: "/var/lib/registry" } };
  const config = JSON.stringify({ version: "0.1", storage, http: { addr: ":5000" } });
  const root = pack();
  const libraries = ["/lib/x86_64-linux-gnu/libc.so.6", "/lib64/ld-linux-x86-64.so.2"];
  for (const file of ["/usr/bin/docker-registry", ...libraries]) {
    root.entry({ name: file.slice(1), mode: 0o755 }, await readFile(file));
  }
  root.entry({ name: "etc/config.yml" }, config);
  root.finalize();
  const image = path.join(engine.home, "registry.tar");
  await pipeline(root, createWriteStream(image));
  const changes = ['ENTRYPOINT ["/usr/bin/docker-registry","serve","/etc/config.yml"]'];
  await done(
    engine.client,
    (await engine.client.images.importRootfs({ path: image, reference: tag, changes })).activity,
  );
}
