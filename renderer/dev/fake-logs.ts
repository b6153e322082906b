import type { LogItem } from "../../engine/contract/index.ts";

/** Lines as programs write them: colours, progress that overwrites itself, markup, very long ones. */
const texts: readonly string[] = [
  "\u001b[32mINFO\u001b[0m server listening on 0.0.0.0:80",
  'GET / 200 "Mozilla/5.0 (X11; Linux x86_64)" 3 ms',
  "\u001b[1;34mGET\u001b[0m /style.css \u001b[38;5;214m200\u001b[0m 1 ms",
  "loading 10%\rloading 60%\rloading 100%",
  "<script>alert('from a log line')</script>",
  `{"level":"debug","message":"a long structured line","payload":"${"0123456789".repeat(30)}"}`,
  "\u001b[31mERROR\u001b[0m connect ECONNREFUSED 10.0.0.7:5432, retrying",
];

export function fakeLogLine(container: string, index: number): LogItem {
  const which = index % texts.length;
  return {
    kind: "line",
    container,
    source: which === texts.length - 1 ? "stderr" : "stdout",
    at: new Date(Date.now() - Math.max(0, 200 - index) * 900).toISOString(),
    text: texts[which] ?? "",
    part: false,
  };
}

export function fakeLogs(containers: readonly string[], lines: number): LogItem[] {
  return Array.from({ length: lines }, (_, index) =>
    fakeLogLine(containers[index % containers.length] ?? "", index),
  );
}
