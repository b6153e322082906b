import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { runSpecSchema, type RunSpecInput } from "../../../engine/contract/index.ts";
import { runPreview } from "../../../renderer/pages/run/run-preview.ts";
import { quoteWord, splitWords } from "../../../renderer/pages/run/shell-words.ts";

const nasty = [
  "plain",
  "",
  "two words",
  "it's",
  "'",
  "''",
  "$HOME `id` $(id)",
  "back\\slash",
  'say "hi"',
  "a;b&c|d>e<f",
  "*?[x]~{a,b}!",
  "line\nbreak",
  "tab\there",
  "# no comment",
  "größe 😀",
];

/** The words that a real shell hands to a program. */
function asShellReads(command: string): string[] {
  const script = `docker() { printf '%s\\0' "$@"; }\n${command}\n`;
  return execFileSync("/bin/sh", ["-c", script], { encoding: "utf8" }).split("\0").slice(0, -1);
}

const preview = (spec: RunSpecInput): string => runPreview(runSpecSchema.parse(spec));

describe("quoting for a shell", () => {
  it("gives back the very text, whatever it holds", () => {
    expect(asShellReads(`docker ${nasty.map(quoteWord).join(" ")}`)).toEqual(nasty);
  });

  it("leaves ordinary words as they are", () => {
    expect(quoteWord("registry.example.com:5000/team/app:1.2-rc_3")).toBe(
      "registry.example.com:5000/team/app:1.2-rc_3",
    );
  });
});

describe("splitting a command", () => {
  it("reads what quoting wrote", () => {
    expect(splitWords(nasty.map(quoteWord).join(" "))).toEqual(nasty);
  });

  it.each([
    [`sh -c "echo \\"$HOME\\" \\n"`, ["sh", "-c", `echo "$HOME" \\n`]],
    [`a'b'"c"\\ d`, ["abc d"]],
    ["  ", []],
  ])("splits %s as a shell does", (text, words) => {
    expect(splitWords(text)).toEqual(words);
  });

  it.each(["'open", '"open', "end\\"])("refuses %s, which goes on", (text) => {
    expect(splitWords(text)).toBeNull();
  });
});

describe("the command that equals the form", () => {
  it("names every choice, in a form that a shell reads back unchanged", () => {
    const command = preview({
      image: "postgres:17",
      name: "db",
      command: ["sh", "-c", "echo 'it works' && sleep 1"],
      ports: [
        { hostIp: "", hostPort: 5432, containerPort: 5432, protocol: "tcp" },
        { hostIp: "127.0.0.1", hostPort: 5353, containerPort: 53, protocol: "udp" },
        { hostIp: "::1", hostPort: null, containerPort: 80, protocol: "tcp" },
        { hostIp: "", hostPort: null, containerPort: 81, protocol: "tcp" },
      ],
      environment: [{ name: "PASSWORD", value: "a'b $c" }],
      volumes: [{ volume: "my data", containerPath: "/var/lib/x", readOnly: true }],
      restartPolicy: "unless-stopped",
    });
    expect(asShellReads(command)).toEqual([
      ...["run", "-d", "--name", "db"],
      ...["-p", "5432:5432", "-p", "127.0.0.1:5353:53/udp", "-p", "[::1]::80", "-p", "81"],
      ...["-e", "PASSWORD=a'b $c", "-v", "my data:/var/lib/x:ro", "--restart", "unless-stopped"],
      ...["postgres:17", "sh", "-c", "echo 'it works' && sleep 1"],
    ]);
  });

  it("says nothing about what is left at its default", () => {
    expect(asShellReads(preview({ image: "nginx" }))).toEqual(["run", "-d", "nginx"]);
  });

  it("removes itself when asked to", () => {
    expect(asShellReads(preview({ image: "nginx", autoRemove: true }))).toEqual([
      "run",
      "-d",
      "--rm",
      "nginx",
    ]);
  });
});
