import { describe, expect, it } from "vitest";
import { parse as parseYaml } from "yaml";
import { parseRunLine, renderCompose, renderDockerRun } from "../../../engine/recreate/index.ts";

const at = (line: string) =>
  parseRunLine(line).problems.map(({ message, from, to }) => [line.slice(from, to), message]);

function read(line: string) {
  const { configuration, problems } = parseRunLine(line);
  expect(problems).toEqual([]);
  if (configuration === null) throw new Error("not read");
  return configuration;
}

describe("a pasted docker run line", () => {
  it.each([
    "docker run nginx",
    "$ sudo docker container run -dit nginx",
    "podman run --rm=false nginx # with a remark",
  ])("knows its beginning: %s", (line) => {
    expect(read(line)).toMatchObject({ image: "nginx", command: null, autoRemove: false });
  });

  it("reads flags in every way they are written, and everything after the image as command", () => {
    const configuration = read(
      String.raw`docker run -itp8080:80 -p 127.0.0.1::53/udp -p [::1]:90:90 -p 5000-5001:6000-6001 -e=A=1 -e "B=two words" \
        --env C=it\'s -v data:/d:ro -v /anon --mount type=tmpfs,dst=/t,tmpfs-size=1g --tmpfs=/u:size=64k,mode=1777 \
        --network name=n,alias=x --net m --network-alias y --ip 10.9.0.5 --link db:sql --memory 1.5g --memory-swap=-1 \
        --cpus .5 --health-cmd "curl -f x" --health-interval 1m30s --restart on-failure:3 --device /dev/fuse:rw \
        --ulimit nofile=10:20 --log-opt max-size=1m --entrypoint "" --add-host h:1.2.3.4 --init --name web \
        registry:5000/team/app:1 sh -c 'echo "$HOME" -p 1' --rm`,
    );
    expect(configuration).toMatchObject({
      name: "web",
      image: "registry:5000/team/app:1",
      entrypoint: [],
      command: ["sh", "-c", 'echo "$HOME" -p 1', "--rm"],
      autoRemove: false,
      environment: [
        { name: "A", value: "1" },
        { name: "B", value: "two words" },
        { name: "C", value: "it's" },
      ],
      ports: [
        { hostIp: "", hostPort: 8080, containerPort: 80, protocol: "tcp" },
        { hostIp: "127.0.0.1", hostPort: null, containerPort: 53, protocol: "udp" },
        { hostIp: "::1", hostPort: 90, containerPort: 90, protocol: "tcp" },
        { hostPort: 5000, containerPort: 6000 },
        { hostPort: 5001, containerPort: 6001 },
      ],
      mounts: [
        { type: "volume", name: "data", containerPath: "/d", readOnly: true },
        { type: "volume", name: null, containerPath: "/anon" },
        { type: "tmpfs", containerPath: "/t", sizeBytes: 2 ** 30 },
        { type: "tmpfs", containerPath: "/u", sizeBytes: 65_536 },
      ],
      networking: {
        mode: "networks",
        networks: [
          { name: "n", aliases: ["x", "y"], ipv4Address: "10.9.0.5" },
          { name: "m", aliases: [] },
        ],
      },
      links: [{ container: "db", alias: "sql" }],
      limits: { memoryBytes: 1.5 * 2 ** 30, memorySwapBytes: -1, cpus: 0.5 },
      healthCheck: { mode: "command", shell: true, command: ["curl -f x"], intervalSeconds: 90 },
      restart: { policy: "on-failure", maximumRetries: 3 },
      advanced: {
        devices: [{ source: "/dev/fuse", containerPath: "/dev/fuse", permissions: "rw" }],
        ulimits: [{ name: "nofile", soft: 10, hard: 20 }],
        logging: { driver: "json-file", options: { "max-size": "1m" } },
        extraHosts: ["h:1.2.3.4"],
        init: true,
        tty: true,
        openStdin: true,
      },
    });
    // The line that is rendered says the same, and so does the Compose file.
    expect(read(renderDockerRun(configuration))).toEqual(configuration);
    const compose = parseYaml(renderCompose(configuration)) as {
      services: { web: object };
      networks: object;
    };
    expect(compose.services.web).toMatchObject({
      container_name: "web",
      entrypoint: [],
      command: ["sh", "-c", 'echo "$$HOME" -p 1', "--rm"],
      mem_limit: 1.5 * 2 ** 30,
      networks: { n: { aliases: ["x", "y"], ipv4_address: "10.9.0.5" }, m: null },
    });
    expect(compose.networks).toEqual({ n: { external: true, name: "n" }, m: { external: true, name: "m" } });
  });

  it("names what it does not understand with its place, all of it", () => {
    expect(at("docker run --wrong -Z -p eighty:80 --cpus many nginx")).toEqual([
      ["--wrong", "The flag --wrong is not known."],
      ["-Z", "The flag -Z is not known."],
      ["-p eighty:80", expect.stringMatching(/^-p wants ports, for example/)],
      ["--cpus many", "--cpus wants a number."],
    ]);
    expect(at("docker run -e HOME nginx")).toEqual([
      ["-e HOME", expect.stringContaining("wants a value: HOME=…")],
    ]);
    expect(at('docker run -v "$PWD:/x" nginx')).toEqual([
      ["$PWD", "What $PWD stands for is not known here: write the value."],
      // Without its value the folder is none.
      [expect.stringContaining("$PWD"), expect.stringContaining("whole path")],
    ]);
    expect(at("docker run nginx; rm -rf /")).toEqual([[";", expect.stringContaining("Only one command")]]);
    expect(at("docker run --name")).toEqual([
      ["--name", "--name needs a value."],
      ["", "The image is missing."],
    ]);
    expect(at("docker run -d")).toEqual([["", "The image is missing."]]);
    expect(at("docker run 'nginx")).toEqual([["'nginx", "The quote ' is not closed."]]);
    expect(at("docker ps")).toEqual([["docker ps", "This is no `docker run` line."]]);
    expect(at("")).toEqual([["", "This is no `docker run` line."]]);
    expect(at("docker run --name '?' nginx")[0]?.[1]).toMatch(/^name: /);
    expect(at("docker run --constructor x nginx")).toEqual([
      ["--constructor", "The flag --constructor is not known."],
    ]);
  });

  it("survives hostile values on the way back", () => {
    const nasty = "a'b\"c $(rm -rf ~) `x` \\ \n ! * ; & | <html>";
    const configuration = read(`docker run nginx`);
    const hostile = {
      ...configuration,
      environment: [{ name: "X", value: nasty }],
      labels: { [nasty.replaceAll("=", "")]: nasty },
      command: [nasty, "--rm", ""],
    };
    expect(read(renderDockerRun(hostile))).toEqual(hostile);
    const compose = parseYaml(renderCompose(hostile)) as {
      services: { service: { environment: { X: string } } };
    };
    expect(compose.services.service.environment.X).toBe(nasty.replaceAll("$", "$$$$"));
  });
});
