import type { LogLine } from "../../engine/contract/index.ts";

/** Lines as programs write them: colours, progress that overwrites itself, markup, very long ones. */
const texts: readonly string[] = [
  "\u001b[32mINFO\u001b[0m server listening on 0.0.0.0:80",
  'GET / 200 "Mozilla/5.0 (X11; Linux x86_64)" 3 ms',
  "GET /style.css 200 1 ms",
  "loading 10%\rloading 60%\rloading 100%",
  "<script>alert('from a log line')</script>",
  `{"level":"debug","message":"a long structured line","payload":"${"0123456789".repeat(30)}"}`,
  "\u001b[31mERROR\u001b[0m connect ECONNREFUSED 10.0.0.7:5432, retrying",
];

export function fakeLogLine(index: number): LogLine {
  const which = index % texts.length;
  return {
    source: which === texts.length - 1 ? "stderr" : "stdout",
    at: new Date(Date.now() - Math.max(0, 200 - index) * 900).toISOString(),
    text: texts[which] ?? "",
  };
}

export function fakeLogs(lines: number): LogLine[] {
  return Array.from({ length: lines }, (_, index) => fakeLogLine(index));
}
