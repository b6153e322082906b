import { expect, test } from "vitest";
import { fileForAddress, mediaType } from "../../../electron/content-policy.ts";

const root = "/opt/berth/renderer";

test("addresses of the app name files of the page", () => {
  expect(fileForAddress("berth://app/", root)).toBe(`${root}/index.html`);
  expect(fileForAddress("berth://app", root)).toBe(`${root}/index.html`);
  expect(fileForAddress("berth://app/#/settings", root)).toBe(`${root}/index.html`);
  expect(fileForAddress("berth://app/assets/index%20one.js?v=1", root)).toBe(`${root}/assets/index one.js`);
});

test.each([
  "berth://app/..%2fberth.cjs",
  "berth://app/assets/%2e%2e%2f%2e%2e%2fberth.cjs",
  "berth://app/..%5cberth.cjs",
  "berth://app/index.html%00.png",
  "berth://app/%ff",
  "berth://other/index.html",
  "berth://app.example.org/",
  "file:///etc/passwd",
  "https://app/index.html",
  "not an address",
])("%s names no file", (address) => {
  expect(fileForAddress(address, root)).toBeNull();
});

test("a folder whose name begins like the page's is not served", () => {
  expect(fileForAddress("berth://app/%2e%2e/renderer-private/key", root)).not.toBe(
    "/opt/berth/renderer-private/key",
  );
});

test("media types go by the name, unknown ones are never guessed", () => {
  expect(mediaType("/a/index.html")).toBe("text/html; charset=utf-8");
  expect(mediaType("/a/x.JS")).toBe("text/javascript; charset=utf-8");
  expect(mediaType("/a/font.woff2")).toBe("font/woff2");
  expect(mediaType("/a/README")).toBe("application/octet-stream");
});
