import { expect, test } from "vitest";
import { mayOpenOutside } from "../../../engine/contract/outside-links.ts";

test.each([
  "http://localhost:8080/",
  "http://127.0.0.1:3000/admin?x=1",
  "https://[::1]:8443/",
  "http://web.shop.localhost:8080/",
  "https://docs.docker.com/engine/",
  "https://github.com/docker/compose",
])("%s may be opened in the browser", (address) => {
  expect(mayOpenOutside(address)).toBe(true);
});

test.each([
  "https://example.org/",
  "http://docs.docker.com/",
  "https://docs.docker.com.example.org/",
  "https://docs.docker.com:8443/",
  "http://localhost.example.org/",
  "http://127.0.0.1.example.org/",
  "http://user:word@localhost:8080/",
  "file:///etc/passwd",
  "javascript:alert(1)",
  "ssh://localhost/",
  "berth://app/",
  "",
])("%s may not", (address) => {
  expect(mayOpenOutside(address)).toBe(false);
});
