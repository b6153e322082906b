import { implement } from "@orpc/server";
import { contract } from "../../engine/contract/contract.ts";
import type { BuildEvent, BuildStep, BuildSummary } from "../../engine/contract/index.ts";
import { FakeList, Feed } from "./feed.ts";

const os = implement(contract);
const at = (secondsAgo: number) => new Date(Date.now() - secondsAgo * 1000).toISOString();

function build(id: string, more: Partial<BuildSummary>): BuildSummary {
  return {
    id,
    title: "Build shop/api:dev",
    origin: "/home/ada/projects/shop",
    tags: ["shop/api:dev"],
    state: "done",
    startedAt: at(400),
    endedAt: at(372),
    steps: 9,
    doneSteps: 9,
    cachedSteps: 6,
    imageId: "sha256:1",
    warnings: [],
    failure: null,
    activity: null,
    repeatable: true,
    ...more,
  };
}

function step(id: string, name: string, state: BuildStep["state"], ms: number | null): BuildStep {
  return { id, name, state, startedAt: at(30), ms, detail: "", progress: null, error: null };
}

const failed = build("failed", {
  state: "failed",
  startedAt: at(95),
  endedAt: at(60),
  doneSteps: 4,
  cachedSteps: 2,
  imageId: null,
  warnings: ["tmp/live.sock was left out: it is a socket."],
  failure: {
    message: 'The step "[4/6] RUN npm ci && npm run build" failed: exit code: 1.',
    hint: "Its log below says why. The steps before it are kept in the cache.",
    step: "[4/6] RUN npm ci && npm run build",
    dockerfile: "Dockerfile",
    line: 6,
    excerpt: [
      { line: 4, text: "COPY package.json package-lock.json ./", failed: false },
      { line: 5, text: "COPY src ./src", failed: false },
      { line: 6, text: "RUN npm ci && npm run build", failed: true },
      { line: 7, text: "FROM node:24-alpine", failed: false },
    ],
  },
});

const events: BuildEvent[] = [
  { kind: "step", step: step("a", "[1/6] FROM docker.io/library/node:24-alpine", "cached", 0) },
  { kind: "step", step: step("b", "[2/6] WORKDIR /app", "cached", 0) },
  { kind: "step", step: step("c", "[3/6] COPY package.json package-lock.json ./", "done", 210) },
  { kind: "step", step: step("d", "[4/6] RUN npm ci && npm run build", "failed", 24_300) },
  {
    kind: "log",
    step: "d",
    text: "npm warn deprecated inflight@1.0.6: This module is not supported\nadded 412 packages in 19s\n> shop@1.0.0 build\n> tsc -p .\nsrc/index.ts(12,7): error TS2322: Type 'string' is not assignable to type 'number'.\n",
  },
  { kind: "step", step: step("e", "[5/6] COPY --from=build /app/dist ./dist", "cancelled", null) },
];

export function fakeBuilds() {
  const builds = new FakeList<BuildSummary>([
    build("old", {
      title: "Build shop/web:1.4.2",
      tags: ["shop/web:1.4.2"],
      startedAt: at(9000),
      endedAt: at(8941),
    }),
    build("done", {}),
    failed,
  ]);
  return {
    list: os.builds.list.handler(() => builds.all()),
    watch: os.builds.watch.handler(({ signal }) => builds.follow(signal)),
    start: os.builds.start.handler(() => ({ id: "failed", activity: "none" })),
    repeat: os.builds.repeat.handler(() => ({ id: "failed", activity: "none" })),
    follow: os.builds.follow.handler(({ signal }) => new Feed<BuildEvent>().follow(events, signal)),
    remove: os.builds.remove.handler(({ input }) => builds.remove(input.id)),
  };
}
