import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { SecretStore } from "../../../engine/secrets/index.ts";
import { checkedAddress } from "../../../engine/templates/repositories/address.ts";
import { Templates } from "../../../engine/templates/index.ts";
import { temporaryFolder } from "./support.ts";

const folder = temporaryFolder();
const silent = { debug() {}, info() {}, warn() {}, error() {} };
let count = 0;
let work: string;
let templates: Templates;

const git = (cwd: string, ...args: string[]) =>
  execFileSync(
    "git",
    ["-c", "user.name=A", "-c", "user.email=a@b", "-c", "init.defaultBranch=main", ...args],
    {
      cwd,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    },
  );

function template(id: string, image: string): string {
  return `services:\n  web:\n    image: ${image}\nx-berth:\n  id: ${id}\n  title: ${id}\n  version: 1.0.0\n`;
}

function commit(id: string, image: string): string {
  mkdirSync(path.join(work, id), { recursive: true });
  writeFileSync(path.join(work, id, "compose.yaml"), template(id, image));
  git(work, "add", "--all");
  git(work, "commit", "-q", "-m", id);
  return git(work, "rev-parse", "HEAD").trim();
}

beforeEach(() => {
  count += 1;
  work = path.join(folder, `repository-${count}`);
  mkdirSync(work);
  git(work, "init", "-q");
  const surroundings = { environment: {}, platform: "linux" as const, dockerConfigFolder: folder };
  templates = new Templates({
    home: path.join(folder, `home-${count}`),
    builtIn: path.join(folder, "none"),
    secrets: new SecretStore(surroundings),
    logger: silent,
  });
});

const shown = async (id: string) => (await templates.library.show(id)).summary;

describe("a repository", () => {
  test("is pinned: what is new is shown as a diff and used only when asked for", async () => {
    const first = commit("shop", "nginx:1.26");
    expect(await templates.addRepository({ url: work })).toMatchObject({
      commit: first,
      templates: 1,
      problem: null,
    });
    const name = `repository-${count}`;
    const second = commit("shop", "nginx:1.27");
    commit("blog", "nginx:1.27");
    const preview = await templates.updateRepository(name, false);
    expect(preview).toMatchObject({
      from: first,
      applied: false,
      rewritten: false,
      added: ["blog/compose.yaml"],
      changed: ["shop/compose.yaml"],
    });
    expect(preview.diff).toContain("-    image: nginx:1.26\n+    image: nginx:1.27");
    expect((await shown(`${name}/shop`)).images).toEqual(["nginx:1.26"]);
    expect((await templates.updateRepository(name, true)).to).not.toBe(second);
    expect((await shown("shop")).images).toEqual(["nginx:1.27"]);
    expect((await templates.library.list()).templates).toHaveLength(2);
    await templates.removeRepository(name);
    expect((await templates.library.list()).templates).toEqual([]);
  });

  test("that vanishes or is rewritten harms nothing", async () => {
    commit("shop", "nginx:1.26");
    commit("blog", "nginx:1.26");
    const { name } = await templates.addRepository({ url: work });
    git(work, "reset", "-q", "--hard", "HEAD~1");
    commit("shop", "evil:1");
    expect(await templates.updateRepository(name, false)).toMatchObject({
      rewritten: true,
      removed: ["blog/compose.yaml"],
    });
    renameSync(work, `${work}-gone`);
    const update = await templates.updateRepository(name, true);
    expect(update).toMatchObject({ applied: false });
    expect(update.problem).toContain("git:");
    expect((await shown("shop")).images).toEqual(["nginx:1.26"]);
    expect(await templates.repositories.list()).toMatchObject([
      { problem: expect.stringContaining("git:") as unknown },
    ]);
  });

  test("with symbolic links is refused, with broken templates it tells which", async () => {
    commit("shop", "nginx:1.26");
    mkdirSync(path.join(work, "bad"));
    writeFileSync(path.join(work, "bad", "compose.yaml"), "services: [");
    commit("more", "nginx:1.26");
    const { name } = await templates.addRepository({ url: work });
    const listed = await templates.library.list();
    expect(listed.templates).toHaveLength(2);
    expect(listed.broken).toEqual([
      expect.objectContaining({ message: expect.stringMatching(/line 1, column \d+/) as unknown }),
    ]);
    symlinkSync("/etc/passwd", path.join(work, "shop", "README.md"));
    commit("shop", "nginx:1.27");
    expect((await templates.updateRepository(name, true)).problem).toContain("symbolic link");
    expect((await shown("shop")).images).toEqual(["nginx:1.26"]);
    await templates.removeRepository(name);
    await expect(templates.addRepository({ url: work })).rejects.toThrow("symbolic link");
    expect(await templates.repositories.list()).toEqual([]);
  });

  test("runs nothing of its own", async () => {
    commit("shop", "nginx:1.26");
    const hook = path.join(work, ".git", "hooks", "post-checkout");
    writeFileSync(hook, `#!/bin/sh\ntouch ${folder}/ran\n`, { mode: 0o755 });
    writeFileSync(path.join(work, ".gitattributes"), "* filter=x diff=x\n");
    commit("shop", "nginx:1.27");
    await templates.addRepository({ url: work });
    expect(existsSync(path.join(folder, "ran"))).toBe(false);
  });
});

test("publishing commits the template's folder to a branch, without its values", async () => {
  commit("shop", "nginx:1.26");
  const own = path.join(folder, `own-${count}`, "blog");
  mkdirSync(own, { recursive: true });
  writeFileSync(path.join(own, "compose.yaml"), template("blog", "nginx:1.27"));
  writeFileSync(path.join(own, ".env"), "SECRET=hunter2\n");
  const published = await templates.publish({ template: { dir: own }, repository: work });
  expect(published).toMatchObject({ branch: "template/blog", id: "blog" });
  expect(git(work, "ls-tree", "-r", "--name-only", "template/blog").trim().split("\n")).toEqual([
    "blog/compose.yaml",
    "shop/compose.yaml",
  ]);
  expect(git(work, "rev-parse", "template/blog").trim()).toBe(published.commit);
  await expect(templates.publish({ template: { dir: own }, repository: work })).rejects.toThrow(
    "exactly as it is",
  );
  writeFileSync(path.join(own, "compose.yaml"), template("blog", "nginx:1.28"));
  await templates.publish({ template: { dir: own }, repository: work });
  expect(git(work, "rev-list", "--count", "template/blog").trim()).toBe("3");
  expect(readFileSync(path.join(work, "shop", "compose.yaml"), "utf8")).toContain("1.26");
});

test("a Portainer stack is fetched from its repository; one that is not there says so", async () => {
  mkdirSync(path.join(work, "stacks"));
  writeFileSync(
    path.join(work, "stacks", "a.yml"),
    "services: {web: {image: 'nginx:1.27', environment: {MODE: '${MODE}'}}}\n",
  );
  commit("shop", "nginx:1.26");
  const stack = (title: string, stackfile: string) => ({
    type: 3,
    title,
    repository: { url: work, stackfile },
    env: [{ name: "MODE", label: "Mode", default: "fast" }],
  });
  const text = JSON.stringify({
    version: "2",
    templates: [stack("Good", "stacks/a.yml"), stack("Gone", "b.yml"), stack("Out", "../x")],
  });
  const { templates: made } = await templates.import(
    { name: "list.json", text },
    path.join(folder, `out-${count}`),
  );
  expect(made.map(({ id, services }) => [id, services])).toEqual([
    ["good", 1],
    ["gone", 0],
    ["out", 0],
  ]);
  expect(made[1]?.warnings).toEqual([expect.objectContaining({ field: "repository" })]);
  const compose = readFileSync(path.join(made[0]?.dir ?? "", "compose.yaml"), "utf8");
  expect(compose).toMatch(/MODE:\n\s+type: text\n\s+label: Mode\n\s+default: fast/);
});

test.each([
  "https://example.com/a.git",
  "ssh://git@example.com/a",
  "git@example.com:a/b.git",
  "/srv/git/a",
  "http://127.0.0.1:3000/a",
])("the address %s is fine", (address) => {
  expect(checkedAddress(address)).toBe(address);
});

test.each([
  "",
  "--upload-pack=touch x",
  "ext::sh -c touch",
  "http://example.com/a",
  "https://me:secret@example.com/a",
  "ssh://-oProxyCommand=x/a",
  "relative/path",
  "git://example.com/a",
  "a b",
  "https://example.com/a\nb",
])("the address %j is refused", (address) => {
  expect(() => checkedAddress(address)).toThrow();
});
