import { describe, expect, it } from "vitest";
import {
  emptyForm,
  readForm,
  suggestedHostPort,
  suggestedVolume,
} from "../../../renderer/pages/run/run-form.ts";

describe("the run form", () => {
  it("leaves blank rows out", () => {
    const form = emptyForm(" nginx ");
    form.ports.push({ key: "a", hostPort: null, containerPort: null, protocol: "tcp" });
    form.environment.push({ key: "b", name: "", value: "" });
    form.volumes.push({ key: "c", volume: "", containerPath: "", readOnly: false });
    const { spec, problems } = readForm(form);
    expect(problems.size).toBe(0);
    expect(spec).toMatchObject({ image: "nginx", ports: [], environment: [], volumes: [] });
    expect(spec).not.toHaveProperty("name");
    expect(spec).not.toHaveProperty("command");
  });

  it("tells what is wrong beside the row that is wrong", () => {
    const form = emptyForm("");
    form.name = "!";
    form.command = "sh -c 'open";
    form.ports.push(
      { key: "blank", hostPort: null, containerPort: null, protocol: "tcp" },
      { key: "half", hostPort: 8080, containerPort: null, protocol: "tcp" },
      { key: "high", hostPort: 70_000, containerPort: 80, protocol: "tcp" },
    );
    form.environment.push({ key: "spaced", name: "A B", value: "1" });
    form.volumes.push({ key: "relative", volume: "data", containerPath: "data", readOnly: false });
    const { spec, problems } = readForm(form);
    expect(spec).toBeNull();
    expect([...problems.keys()].sort()).toEqual([
      "command",
      "environment:spaced",
      "image",
      "name",
      "ports:half",
      "ports:high",
      "volumes:relative",
    ]);
    expect(problems.get("volumes:relative")).toContain("'/'");
  });

  it("refuses one host port twice, but not for two protocols", () => {
    const form = emptyForm("nginx");
    form.ports.push(
      { key: "a", hostPort: 53, containerPort: 53, protocol: "tcp" },
      { key: "b", hostPort: 53, containerPort: 53, protocol: "udp" },
      { key: "c", hostPort: 53, containerPort: 54, protocol: "tcp" },
    );
    expect([...readForm(form).problems.keys()]).toEqual(["ports:c"]);
  });

  it("refuses to remove and restart the same container", () => {
    const form = { ...emptyForm("nginx"), autoRemove: true, restartPolicy: "always" as const };
    expect(readForm(form).problems.has("restartPolicy")).toBe(true);
  });

  it("suggests host ports that need no privilege", () => {
    expect([80, 443, 22, 5432].map(suggestedHostPort)).toEqual([8080, 8443, 8022, 5432]);
  });

  it("suggests a volume name that Docker accepts", () => {
    expect(suggestedVolume("ghcr.io/team/my app:1@sha256:abc", "/var/lib/data/")).toBe("my-app-data");
    expect(suggestedVolume("registry:5000/_x/postgres:17", "/var/lib/postgresql/data")).toBe("postgres-data");
  });
});
