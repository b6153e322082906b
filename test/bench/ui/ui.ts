import { z } from "zod";
import { createStage, type Stage } from "../../e2e/support/stage.ts";
import { median, round1, round2 } from "../numbers.ts";
import { emptyWindowMiB } from "./empty-window.ts";
import { beforeLoad, framesWhile, watchFrames, watchList } from "./in-page.ts";
import { MeasuredWindow, memoryMiB } from "./window.ts";

export interface UiReport {
  suite: "ui";
  rounds: number;
  /** What to compare between computers and versions. */
  ratios: {
    /** First paint of the list after a load with 1,000 containers, by that with ten. At most 1.5. */
    firstListPer10: number;
    /** 95th percentile of frames while 1,000 rows are scrolled, by that of ten in a list of the same height. At most 1.5. */
    scrollFramePer10: number;
    /** 95th percentile of frames in a burst of 100,000 log lines, by that at rest. At most 2. */
    burstFramePerIdle: number;
    /** Memory of all processes of the window by that of an empty Electron window: shown, hidden, after an hour of events. */
    memoryOpenPerEmpty: number;
    memoryHiddenPerEmpty: number;
    memoryHourPerEmpty: number;
  };
  notes: Record<string, number>;
}

const MANY = 1000;
const FEW = 10;
const BURST_EVENTS = 500;
const LOG_LINES = 100_000;
const SEARCHED_LINES = 200_000;
const SCROLLED_FRAMES = 240;
const HOUR_EVENTS = 3600;
const HIDDEN_MS = 60_000;

const numbers = z.array(z.number());

/** The real window over a recorded Docker: lists, logs, what it does while hidden, and memory. */
export async function benchUi(rounds: number, say: (text: string) => void): Promise<UiReport> {
  const stage = await createStage();
  try {
    return await measureAll(stage, rounds, say);
  } finally {
    await stage.remove();
  }
}

async function measureAll(stage: Stage, rounds: number, say: (text: string) => void): Promise<UiReport> {
  say("an empty Electron window");
  const empty = await emptyWindowMiB(stage);
  say("ten containers");
  const few = await measureFew(stage, rounds);
  await using window = await MeasuredWindow.open(stage, "many", MANY);
  say(`${MANY} containers`);
  const list = await measureList(window, rounds);
  const rows = z
    .number()
    .parse(await window.page.evaluate("document.querySelectorAll('[role=\"row\"]').length"));
  say(`a burst of ${BURST_EVENTS} events`);
  const renders = await measureBurst(window);
  const open = await memoryMiB(window.app, window.page);
  say(`${LOG_LINES} lines of a log`);
  const logs = await measureLogs(window);
  say(`hidden for ${HIDDEN_MS / 1000} s`);
  const hidden = await measureHidden(window);
  say("an hour of events");
  const hour = await measureHour(window);
  return {
    suite: "ui",
    rounds,
    ratios: {
      firstListPer10: round2(list.firstMs / few.firstMs),
      scrollFramePer10: round2(list.frameMs / few.frameMs),
      burstFramePerIdle: round2(logs.burstMs / logs.idleMs),
      memoryOpenPerEmpty: round2(open / empty),
      memoryHiddenPerEmpty: round2(hidden.mib / empty),
      memoryHourPerEmpty: round2(hour / empty),
    },
    notes: {
      firstListMs: round1(list.firstMs),
      firstListOf10Ms: round1(few.firstMs),
      scrollFrameMs: round1(list.frameMs),
      scrollFrameOf10Ms: round1(few.frameMs),
      rowElements: rows,
      rendersOfBurst: renders,
      logLinesShown: logs.shown,
      logLinesTrimmed: logs.trimmed,
      logIdleFrameMs: round1(logs.idleMs),
      logBurstFrameMs: round1(logs.burstMs),
      logBurstSeconds: round1(logs.seconds),
      logSearchMs: round1(logs.searchMs),
      logMemoryLeftMiB: round1(logs.leftMiB),
      hiddenMessages: hidden.messages,
      hiddenStreams: hidden.streams,
      emptyWindowMiB: round1(empty),
      openMiB: round1(open),
      hiddenMiB: round1(hidden.mib),
      hourMiB: round1(hour),
    },
  };
}

async function measureFew(stage: Stage, rounds: number): Promise<{ firstMs: number; frameMs: number }> {
  await using window = await MeasuredWindow.open(stage, "few", FEW);
  return await measureList(window, rounds);
}

async function measureList(
  { page }: MeasuredWindow,
  rounds: number,
): Promise<{ firstMs: number; frameMs: number }> {
  await page.addInitScript(beforeLoad);
  const firsts: number[] = [];
  const frames: number[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    await page.evaluate("location.hash = '#/containers'");
    await page.reload();
    await until(page, "measured.firstRow !== null");
    const firstMs = z.number().parse(await page.evaluate("measured.firstRow"));
    const scrolled = numbers.parse(await page.evaluate(framesWhile("box.scrollTop += 90", SCROLLED_FRAMES)));
    // The first load warms the cache.
    if (round === 0) continue;
    firsts.push(firstMs);
    frames.push(percentile95(scrolled));
  }
  return { firstMs: median(firsts), frameMs: median(frames) };
}

async function measureBurst({ page, docker }: MeasuredWindow): Promise<number> {
  await page.evaluate(watchList);
  await page.waitForTimeout(500);
  docker.burst(BURST_EVENTS);
  await until(page, "measured.renders > 0");
  // Looking the containers up takes the engine a while; then it is still.
  for (let last = -1; ;) {
    const now = z.number().parse(await page.evaluate("measured.renders"));
    if (now === last) return now;
    last = now;
    await page.waitForTimeout(1500);
  }
}

interface LogFigures {
  shown: number;
  trimmed: number;
  idleMs: number;
  burstMs: number;
  seconds: number;
  searchMs: number;
  leftMiB: number;
}

async function measureLogs({ app, page, docker }: MeasuredWindow): Promise<LogFigures> {
  const counts = async () => {
    const shown = Number(await page.locator("[data-lines]").getAttribute("data-lines"));
    const trimmed = page.locator("[data-trimmed]");
    return {
      shown,
      trimmed: (await trimmed.count()) === 0 ? 0 : Number(await trimmed.getAttribute("data-trimmed")),
    };
  };
  const play = async (lines: number, until: number) => {
    const played = docker.playLog(lines);
    for (;;) {
      const { shown, trimmed } = await counts();
      if (shown + trimmed >= until) break;
      await page.waitForTimeout(100);
    }
    await played;
  };
  const before = await memoryMiB(app, page, "Tab");
  await page.evaluate(`location.hash = '#/containers/${docker.firstId()}?tab=logs'`);
  await page.locator("[data-lines]").waitFor();
  while (docker.openStreams === 0) await page.waitForTimeout(50);
  const idleMs = percentile95(numbers.parse(await page.evaluate(framesWhile("", SCROLLED_FRAMES))));
  await page.evaluate(watchFrames);
  const began = performance.now();
  await play(LOG_LINES, LOG_LINES);
  const seconds = (performance.now() - began) / 1000;
  const burst = numbers.parse(await page.evaluate("(measured.watching = false, measured.frames)"));
  const { shown, trimmed } = await counts();
  await play(SEARCHED_LINES - LOG_LINES, SEARCHED_LINES);
  const searchMs = await searchTime(page);
  await page.evaluate("location.hash = '#/home'");
  await page.locator("[data-lines]").waitFor({ state: "detached" });
  const leftMiB = (await memoryMiB(app, page, "Tab")) - before;
  return { shown, trimmed, idleMs, burstMs: percentile95(burst), seconds, searchMs, leftMiB };
}

/** From a key to the number of matches. */
async function searchTime(page: MeasuredWindow["page"]): Promise<number> {
  const field = page.getByRole("searchbox", { name: "Search in the log" });
  await field.focus();
  const took = page.evaluate(`new Promise((resolve) => {
    const field = document.activeElement;
    field.addEventListener("input", () => {
      const began = performance.now();
      const look = () => document.querySelector('.pane [role="status"]') === null
        ? requestAnimationFrame(look) : resolve(performance.now() - began);
      look();
    }, { once: true, capture: true });
  })`);
  await page.keyboard.press("7");
  return z.number().parse(await took);
}

async function measureHidden({
  app,
  page,
  docker,
}: MeasuredWindow): Promise<{ messages: number; streams: number; mib: number }> {
  await page.evaluate("location.hash = '#/containers'");
  await page.getByRole("grid", { name: "Containers" }).waitFor();
  await app.evaluate(({ BrowserWindow }) => {
    for (const window of BrowserWindow.getAllWindows()) window.hide();
  });
  await until(page, "document.hidden");
  // What was under way when it was hidden may still end.
  await page.waitForTimeout(3000);
  const messages = () => page.evaluate("measured.sent + measured.received");
  const before = z.number().parse(await messages());
  docker.burst(BURST_EVENTS);
  await page.waitForTimeout(HIDDEN_MS);
  const after = z.number().parse(await messages());
  const mib = await memoryMiB(app, page);
  const streams = docker.openStreams;
  await app.evaluate(({ BrowserWindow }) => {
    for (const window of BrowserWindow.getAllWindows()) window.show();
  });
  await until(page, "!document.hidden");
  return { messages: after - before, streams, mib };
}

/** An hour with an event a second, in a minute. */
async function measureHour({ app, page, docker }: MeasuredWindow): Promise<number> {
  const step = HOUR_EVENTS / 120;
  for (let sent = 0; sent < HOUR_EVENTS; sent += step) {
    docker.burst(step);
    await page.waitForTimeout(500);
  }
  return memoryMiB(app, page);
}

/** Resolves once something holds in the page. Its policy lets no text be run but the debugger's. */
async function until(page: MeasuredWindow["page"], condition: string): Promise<void> {
  while ((await page.evaluate(condition)) !== true) await page.waitForTimeout(50);
}

function percentile95(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length * 0.95)] ?? 0;
}
