import { implement } from "@orpc/server";
import { contract } from "../../engine/contract/contract.ts";
import type { ContainerSummary } from "../../engine/contract/index.ts";
import { container } from "./fake-data.ts";
import type { FakeList } from "./feed.ts";

const os = implement(contract);

/** Archives of containers that do not exist; a file whose name holds "taken" is there already. */
export function fakeTransfer(containers: FakeList<ContainerSummary>) {
  return {
    exportFiles: os.transfer.exportFiles.handler(({ input }) => ({ path: input.path, sizeBytes: 9_300_000 })),
    exportContainer: os.transfer.exportContainer.handler(({ input, errors }) => {
      if (input.path.includes("taken") && !input.overwrite) {
        throw errors.FAILED({
          message: `${input.path} exists already.`,
          data: { code: "file_exists", hint: "Choose another name, or replace the file." },
        });
      }
      return { path: input.path, sizeBytes: 48_300_000 };
    }),
    examine: os.transfer.examine.handler(() => ({
      name: "welcome",
      image: "berth/welcome:latest",
      createdAt: "2026-11-20T08:15:00.000Z",
      volumes: [{ name: "pages", containerPath: "/www/pages" }],
    })),
    importContainer: os.transfer.importContainer.handler(({ input }) => {
      const ports = [{ hostIp: "", hostPort: 8081, containerPort: 80, protocol: "tcp" as const }];
      const name = `${input.name ?? "welcome"}-2`;
      const made = container(9000 + containers.all().length, { name, ports });
      containers.put(made);
      const notes = ["The name welcome was taken.", "Port 8080 was taken, it is 8081 now."];
      return { id: made.id, name, notes, ports };
    }),
  };
}
