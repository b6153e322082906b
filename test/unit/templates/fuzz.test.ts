import { readdirSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import { validateTemplate } from "../../../engine/templates/format/validate.ts";
import { importTemplates } from "../../../engine/templates/import/import.ts";
import { TemplateProblem } from "../../../engine/templates/format/problems.ts";
import { fixtures, temporaryFolder, unreachable } from "./support.ts";

/** How long the mutations may go on; what was not reached is left out. */
const BUDGET_MS = 15_000;
const MUTATIONS = 4000;
/** One file may take this long at most, on a busy machine. */
const LONGEST_MS = 3000;

/** The same numbers every time (mulberry32), so that a failure can be repeated. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (((mixed ^ (mixed >>> 14)) >>> 0) % below) >>> 0;
  };
}

const poison = [
  "\t",
  "&a ",
  "*a",
  "<<: *a\n",
  "{",
  "}",
  "[",
  "]",
  "'",
  '"',
  ": ",
  "- ",
  "|\n",
  ">-\n",
  "# ",
  "---\n",
  "...\n",
  "!!binary ",
  "!<tag:x> ",
  "${",
  "${A:-",
  "$$",
  "%",
  "@",
  "`",
  "\u0000",
  "\ufeff",
  "\u2028",
  "\r",
  "9".repeat(400),
  "../../../etc/passwd",
  "__proto__: 1\n",
  "constructor:\n",
  "services:\n",
  "images:\n",
  "x-berth: {id: ../x}\n",
  "ports: ['99999999:1-70000']\n",
  "depends_on: [a, b]\n",
  "extends: {service: a, file: ../x}\n",
  "a: &a [*a, *a]\n",
  '"name": "a"\n',
  "links:\n- service: x\n  alias: x\n",
  "volumes_from: [x]\n",
  "env_file: /etc/passwd\n",
] as const;

function mutate(text: string, next: (below: number) => number): string {
  let result = text;
  for (let count = 1 + next(4); count > 0; count -= 1) {
    const at = next(result.length + 1);
    const length = 1 + next(60);
    const kind = next(7);
    if (kind === 0) result = result.slice(0, at);
    else if (kind === 1) result = result.slice(0, at) + result.slice(at + length);
    else if (kind === 2)
      result = result.slice(0, at) + (poison[next(poison.length)] ?? "") + result.slice(at);
    else if (kind === 3)
      result =
        result.slice(0, at) + result.slice(at, at + length).repeat(2 + next(3)) + result.slice(at + length);
    else if (kind === 4)
      result = result.slice(0, at) + String.fromCharCode(next(0x300)) + result.slice(at + 1);
    else if (kind === 5) {
      const lines = result.split("\n");
      const line = next(lines.length);
      lines[line] = " ".repeat(next(9)) + (lines[line] ?? "").trimStart();
      result = lines.join("\n");
    } else {
      const lines = result.split("\n");
      lines.splice(next(lines.length), 1 + next(3));
      result = lines.join("\n");
    }
  }
  return result.slice(0, 200_000);
}

test(
  "mutated files are imported or refused with a place; nothing is half there",
  { timeout: 60_000 },
  async () => {
    const folder = temporaryFolder();
    const sources = await Promise.all(
      ["panamax", "compose", "portainer"].flatMap((kind) =>
        readdirSync(path.join(fixtures, kind)).map(async (name) => ({
          name,
          text: (await readFile(path.join(fixtures, kind, name), "utf8")).slice(
            0,
            kind === "portainer" ? 12_000 : undefined,
          ),
        })),
      ),
    );
    const runs = `docker run -d --name db -e POSTGRES_PASSWORD=x1y2z3 -v d:/d postgres:16\ndocker run -p 80:80 --link db:db "a b" c`;
    sources.push(
      { name: "run.sh", text: runs },
      {
        name: "list.json",
        text: '{"version":"2","templates":[{"type":1,"title":"a","image":"b","ports":["80:80/tcp"]}]}',
      },
    );
    const next = random(20_260_101);
    const startedAt = performance.now();
    let imported = 0;
    let refused = 0;
    for (let count = 0; count < MUTATIONS && performance.now() - startedAt < BUDGET_MS; count += 1) {
      const source = sources[next(sources.length)];
      if (source === undefined) continue;
      const text = mutate(source.text, next);
      const parent = path.join(folder, String(count));
      const before = performance.now();
      try {
        const { templates } = await importTemplates({ text, name: source.name, folder: null }, parent, {
          fetcher: unreachable,
          values: true,
          remove: () => Promise.resolve(),
        });
        imported += 1;
        for (const template of templates.slice(0, 3)) {
          expect(path.dirname(template.dir)).toBe(parent);
          const compose = await readFile(path.join(template.dir, "compose.yaml"), "utf8");
          // Whatever it is worth, it is a whole file that can be looked at.
          await validateTemplate(compose, "compose.yaml");
        }
      } catch (error) {
        if (!(error instanceof TemplateProblem))
          throw new Error(`mutation ${count} of ${source.name}:\n${text}`, { cause: error });
        refused += 1;
        const [finding] = error.findings;
        expect(finding?.line).toBeGreaterThan(0);
        expect(finding?.column).toBeGreaterThan(0);
        expect(finding?.message).not.toBe("");
        expect(finding?.fix).not.toBe("");
        expect(await readdir(parent).catch(() => [])).toEqual([]);
      }
      expect(performance.now() - before, `mutation ${count} of ${source.name}`).toBeLessThan(LONGEST_MS);
    }
    console.log(
      `${imported} imported, ${refused} refused in ${Math.round(performance.now() - startedAt)} ms`,
    );
    expect(imported + refused).toBeGreaterThan(300);
  },
);
