import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";
import { importTemplates, readImportSource } from "../../../engine/templates/import/import.ts";
import { composeConfig, composeProgram, temporaryFolder, unreachable } from "./support.ts";

const program = composeProgram();
const folder = temporaryFolder();

/** Ways to write Compose files that a careless rewrite would change or break. Each holds literal secrets. */
const files: Record<string, string> = {
  "lines that end as on Windows":
    'services:\r\n  a:\r\n    image: x:1\r\n    ports:\r\n      - 80:80\r\n      - "90-92:90-92"\r\n    environment:\r\n      - PASSWORD=abcDEF123\r\n      - B=2\r\n',
  JSON: '{"services":{"a":{"image":"x:1","ports":["80:80"],"environment":{"PASSWORD":"abcDEF123"},"command":"run it"}}}',
  "block texts and document marks":
    "---\nservices:\n  a:\n    image: x:1\n    command: >\n      sh -c 'echo hi\n      && sleep 5'\n    entrypoint: |\n      /bin/run --password=abcDEF123 --x\n    environment:\n      CONF: |\n        user=a\n        password=abcDEF123\n      PASSWORD: abcDEF123\n      KEY2: 'it''s'\n...\n",
  "anchors, merge keys and odd values":
    "x-p: &p\n  - 8080:80\nx-c: &c {restart: always, environment: &e {PASSWORD: abcDEF123, N: 1.10, O: 0755, Y: yes, D: 2020-01-01}}\nservices:\n  a:\n    <<: *c\n    image: x:1\n    ports: *p\n  b:\n    <<: *c\n    image: y:1\n    environment:\n      <<: *e\n      Z: ~\n",
  "dollar signs and defaults":
    'services:\n  a:\n    image: x:${TAG:-1}\n    environment:\n      PASSWORD: a$$b\'c"D1\\n\n      TOKEN: "${T1:-zzYY1122xx}"\n      U: postgres://u:pw-12345@h/d?x=$$1\n    command: ["a", "$$HOME", "${X-y}"]\n    labels:\n      - "traefik.rule=Host(`a`)"\n',
  "long syntax and addresses":
    'services:\n  a:\n    image: x:1\n    ports:\n      - target: 80\n        published: 8080\n        protocol: udp\n        mode: host\n      - {target: 81, published: "8081"}\n      - 127.0.0.1::82\n      - "[::1]:83:83"\n      - 84\n    volumes:\n      - type: bind\n        source: ./x\n        target: /x\n      - data:/d:ro\n    healthcheck: {test: mysqladmin ping -pabcDEF123}\n    environment: [MYSQL_ROOT_PASSWORD=abcDEF123]\nvolumes: {data: }\n',
  "lists without indentation":
    "services:\n a:\n  image: x:1\n  ports:\n  - 80:80\n  - 81-82:81-82   # two\n  environment:\n  - A=b  # c\n  - PASSWORD=abcDEF123\n  depends_on:\n  - b\n b: {image: y:1, command: 'a \"b c\" d', profiles: [x]}\n",
  "an old version and no last line end":
    "version: '2'\nservices:\n  a: {image: x:1, command: redis-server --requirepass abcDEF123 --appendonly yes}\nnetworks:\n  default:\n    driver: bridge",
  "other alphabets":
    "services:\n  a:\n    image: x:1\n    environment:\n      T: \"ü \\u00e9 \\x41 😀\"\n      PASSWORD: 'pässwörd9'\n    container_name: a\n    deploy: {resources: {limits: {cpus: '0.5'}}}\n",
  "commands in every form":
    "services:\n  a:\n    image: x:1\n    command:\n    - --db=postgres://u:abcDEF123@h\n    - -p\n    entrypoint: /e \"a  b\" 'c d' --x='y z'\n",
};

test.skipIf(program === null).each(Object.entries(files))(
  "%s: Compose reads the template as it read the file",
  async (name, text) => {
    const project = path.join(folder, name.replaceAll(/\W+/g, "-"));
    const file = `${project}.yml`;
    await writeFile(file, text);
    const options = { fetcher: unreachable, values: true, remove: () => Promise.resolve() };
    const { templates } = await importTemplates(await readImportSource(file), project, options);
    const [template] = templates;
    const values = template?.valuesFile ?? "";
    const made = path.join(template?.dir ?? "", "compose.yaml");
    expect(await readFile(made, "utf8")).not.toMatch(/abcDEF123|zzYY1122|pw-12345|pässwörd9/);
    const args = [
      "--project-directory",
      project,
      "--profile",
      "*",
      ...(values === "" ? [] : ["--env-file", values]),
    ];
    const before = composeConfig(program ?? "", file, args, project);
    const after = composeConfig(program ?? "", made, args, project);
    expect(before, before.stderr).toMatchObject({ ok: true });
    expect(plain(after.stdout)).toEqual(plain(before.stdout));
  },
);

/** A configuration without extensions. */
function plain(config: string): unknown {
  const data = z.record(z.string(), z.unknown()).parse(JSON.parse(config));
  return Object.fromEntries(Object.entries(data).filter(([key]) => !key.startsWith("x-")));
}
