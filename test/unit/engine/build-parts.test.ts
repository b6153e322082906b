import { describe, expect, it } from "vitest";
import { readFailure } from "../../../engine/builds/failure.ts";
import { parseGitUrl } from "../../../engine/builds/git.ts";
import { RawJsonReader } from "../../../engine/builds/rawjson.ts";
import { parseReference, repositoryName } from "../../../engine/docker/reference.ts";
import { addressOf, keyOf } from "../../../engine/registries/keys.ts";
import { registryAddressSchema } from "../../../engine/contract/schemas/registries.ts";

describe("what buildx says", () => {
  it("is read from one line or from many, and words between are kept", () => {
    const reader = new RawJsonReader();
    const said = [
      "{",
      '  "vertexes": [{"digest": "a", "name": "x"}]',
      "}",
      '{"logs":[{"vertex":"a","data":"aGk="}]}',
      "Dockerfile:3",
    ];
    const found = said.map((line) => reader.push(line)).filter((one) => one !== null);
    expect(found.map((one) => one.kind)).toEqual(["status", "status", "text"]);
  });

  it("names the step and the line that failed", () => {
    const lines = [
      "Dockerfile:3",
      "--------------------",
      "   2 |     RUN echo fine",
      "   3 | >>> RUN false",
      "--------------------",
      'ERROR: failed to solve: process "/bin/sh -c false" did not complete successfully: exit code: 1',
    ];
    expect(readFailure(lines, { name: "[3/3] RUN false", error: "" })).toMatchObject({
      message: 'The step "[3/3] RUN false" failed: exit code: 1.',
      dockerfile: "Dockerfile",
      line: 3,
      excerpt: [
        { line: 2, text: "RUN echo fine", failed: false },
        { line: 3, text: "RUN false", failed: true },
      ],
    });
    expect(readFailure(["ERROR: failed to solve: write /x: no space left on device"], null).hint).toContain(
      "Remove images",
    );
    expect(readFailure([], null).message).toContain("without saying why");
  });
});

describe("addresses", () => {
  it.each([
    ["redis", "docker.io", "library/redis", null, "redis"],
    ["ada/app:1", "docker.io", "ada/app", "1", "ada/app"],
    ["docker.io/library/redis:7", "docker.io", "library/redis", "7", "redis"],
    ["localhost:5000/a/b:2", "localhost:5000", "a/b", "2", "localhost:5000/a/b"],
    ["ghcr.io/x@sha256:ab", "ghcr.io", "x", null, "ghcr.io/x"],
  ])("%s belongs to %s", (text, registry, repository, tag, familiar) => {
    const reference = parseReference(text);
    expect(reference).toMatchObject({ registry, repository, tag });
    expect(repositoryName(reference)).toBe(familiar);
  });

  it("of registries are keys as docker's own client writes them", () => {
    expect(keyOf("docker.io")).toBe("https://index.docker.io/v1/");
    expect(addressOf("https://index.docker.io/v1/")).toBe("docker.io");
    expect(addressOf("https://index.docker.io/v1/access-token")).toBeNull();
    expect(addressOf("berth://secret")).toBeNull();
    expect(addressOf("localhost:5000")).toBe("localhost:5000");
    expect(registryAddressSchema.parse("https://ghcr.io/v2/")).toBe("ghcr.io");
    expect(registryAddressSchema.safeParse("a b").success).toBe(false);
  });

  it("of git repositories are taken apart, and dangerous ones refused", () => {
    expect(parseGitUrl("https://h.test/a.git#main:sub/x")).toEqual({
      url: "https://h.test/a.git",
      ref: "main",
      folder: "sub/x",
    });
    expect(parseGitUrl("git@h.test:a/b.git").ref).toBe("");
    for (const bad of [
      "ext::sh -c id",
      "--upload-pack=x",
      "https://h.test/a#--exec",
      "https://u:p@h.test/a",
    ]) {
      expect(() => parseGitUrl(bad)).toThrow();
    }
  });
});
