import { chmod, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { SecretStore } from "../../../engine/secrets/index.ts";
import { temporaryFolder } from "./support/temporary.ts";

/** A helper that keeps each secret in a file and its last arguments beside it; as the real ones speak. */
const helper = `#!/bin/sh
store=STORE
input=$(cat)
echo "$#:$*" >"$store/arguments"
case $1 in
store) printf '%s' "$input" >"$store/secret.json" ;;
get) if [ -f "$store/secret.json" ]; then cat "$store/secret.json"; else echo "credentials not found in native keychain"; exit 1; fi ;;
erase) rm -f "$store/secret.json" ;;
list) echo '{"https://registry.example":"me"}' ;;
esac`;

async function setUp(script: string | null, dockerConfig?: string) {
  const folder = await temporaryFolder();
  const [bin, store, config] = ["bin", "store", "config"].map((name) => path.join(folder, name)) as [
    string,
    string,
    string,
  ];
  for (const one of [bin, store, config]) await mkdir(one);
  if (script !== null) {
    const file = path.join(bin, "docker-credential-secretservice");
    await writeFile(file, script.replace("STORE", store));
    await chmod(file, 0o700);
  }
  if (dockerConfig !== undefined) await writeFile(path.join(config, "config.json"), dockerConfig);
  const environment = { PATH: `${bin}:/usr/bin:/bin` };
  const secrets = new SecretStore({ environment, platform: "linux", dockerConfigFolder: config });
  return { secrets, store, bin };
}

describe("secrets", () => {
  it("go to the platform's helper on standard input, and come back", async () => {
    const { secrets, store } = await setUp(helper);
    const key = "https://registry.example";
    expect(await secrets.get(key)).toBeNull();
    await secrets.store(key, { username: "me", secret: "p$(touch x) 'ü" });
    expect(await readFile(path.join(store, "arguments"), "utf8")).toBe("1:store\n");
    expect(await secrets.get(key)).toEqual({ username: "me", secret: "p$(touch x) 'ü" });
    expect(await secrets.list()).toEqual({ [key]: "me" });
    await secrets.erase(key);
    expect(await secrets.get(key)).toBeNull();
  });

  it("are refused with a remedy where there is no helper, and written nowhere", async () => {
    const { secrets, store, bin } = await setUp(null);
    const refused = secrets.store("key", { username: "me", secret: "geheim" });
    await expect(refused).rejects.toMatchObject({
      code: "no_credential_helper",
      hint: expect.stringContaining("docker-credential-") as string,
    });
    expect([...(await readdir(store)), ...(await readdir(bin))]).toEqual([]);
  });

  it("a helper that fails is told without repeating secrets", async () => {
    const { secrets } = await setUp('#!/bin/sh\necho "{\\"Secret\\":\\"geheim\\"}"; exit 1');
    const failure = await secrets.get("key").catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "credential_helper_failed" });
    expect(String(failure)).not.toContain("geheim");
  });

  it("use the helper that the docker command is configured for", async () => {
    const { secrets, bin } = await setUp(null, '{"credsStore":"mine"}');
    const file = path.join(bin, "docker-credential-mine");
    await writeFile(file, "#!/bin/sh\necho '{}'");
    await chmod(file, 0o700);
    expect(await secrets.helper()).toBe(file);
  });

  it("ignore a configured name that is a path", async () => {
    const { secrets } = await setUp(helper, '{"credsStore":"../../evil"}');
    expect(path.basename(await secrets.helper())).toBe("docker-credential-secretservice");
  });
});
