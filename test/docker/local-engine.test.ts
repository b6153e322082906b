import type Docker from "dockerode";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../e2e/support/free-port.ts";
import {
  buildTinyImage,
  localEngineProblem,
  pullImage,
  pushImage,
  startLocalEngine,
  startRegistry,
  type LocalEngine,
} from "../support/local-engine/index.ts";

const problem = localEngineProblem();

describe.skipIf(problem !== null)(`local engine${problem === null ? "" : ` (skipped: ${problem})`}`, () => {
  let engine: LocalEngine;
  beforeAll(async () => (engine = await startLocalEngine()));
  afterAll(() => engine.stop());

  it("runs a container whose page is reached from this computer", async () => {
    const { client } = engine;
    const hostPort = await freePort();
    const { id } = await client.containers.run({
      image: "berth/welcome",
      name: "page",
      ports: [{ hostIp: "", hostPort, containerPort: 80, protocol: "tcp" }],
    });
    const address = `http://127.0.0.1:${hostPort}/`;
    await expect.poll(() => fetch(address).then((answer) => answer.text(), String)).toContain("Berth");
    await client.containers.remove({ id, force: true });
    await expect.poll(() => client.containers.list()).toEqual([]);
    await expect
      .poll(() =>
        fetch(address).then(
          () => "answered",
          () => "gone",
        ),
      )
      .toBe("gone");
  });

  it("goes on while the engine is killed and replaced", async () => {
    const { id } = await engine.client.containers.run({ image: "berth/welcome", name: "stays" });
    await engine.replaceEngine({ kill: true });
    await expect
      .poll(() => engine.client.containers.list())
      .toEqual([expect.objectContaining({ id, state: "running" })]);
    await engine.client.containers.remove({ id, force: true });
  });

  it("pulls from a registry of its own, with and without a sign-in, and as Docker Hub's mirror", async () => {
    const { docker } = engine;
    await buildTinyImage(docker, "library/tiny", { "/hello.txt": "hello" });
    const mirror = await startRegistry(engine, { mirror: true });
    await pushImage(docker, "library/tiny", `${mirror.address}/library/tiny`);
    await docker.getImage("library/tiny").remove();
    await pullImage(docker, "tiny:latest");
    expect(await output(docker, "tiny", ["cat", "/hello.txt"])).toBe("hello");
    await mirror.stop();

    const login = { username: "ada", password: "correct horse" };
    const locked = await startRegistry(engine, { port: 5001, tls: true, login });
    const name = `${locked.address}/team/tiny`;
    await expect(pushImage(docker, "tiny", name)).rejects.toThrow(/no basic auth credentials/);
    await pushImage(docker, "tiny", name, login);
    await locked.stop();

    const unknown = await startRegistry(engine, { port: 5002, tls: true, trusted: false });
    await expect(pullImage(docker, `${unknown.address}/team/tiny:latest`)).rejects.toThrow(/x509/);
    await unknown.stop();
  });
});

async function output(docker: Docker, image: string, command: string[]): Promise<string> {
  const container = await docker.createContainer({ Image: image, Cmd: command, Tty: true });
  await container.start();
  await container.wait();
  const logs = await container.logs({ stdout: true, follow: false });
  await container.remove();
  return logs.toString();
}
