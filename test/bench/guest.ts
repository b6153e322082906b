import { z } from "zod";
import type { Berth } from "../vm/cli/support/berth.ts";

/** Requests in one go: enough that starting the client plays no part. */
const requests = 200;

/** All requests written ahead on one connection, which the engine answers one after the other. */
const apiScript = `
request='GET /containers/json HTTP/1.1\\r\\nHost: docker\\r\\n'
i=1
while [ $i -lt ${requests} ]; do printf "$request\\r\\n"; i=$((i+1)); done >/tmp/bench
printf "$request"'Connection: close\\r\\n\\r\\n' >>/tmp/bench
start=$(date +%s%N)
nc -U /run/docker.sock </tmp/bench >/tmp/bench.answers
end=$(date +%s%N)
echo "$(grep -c '^HTTP/1.1 200' /tmp/bench.answers) $((end-start))"
rm /tmp/bench /tmp/bench.answers
`;

const saveLoadScript = `
start=$(date +%s%N)
docker save "$1" | docker load >/dev/null
end=$(date +%s%N)
echo "$((end-start))"
`;

/** Milliseconds that one \`GET /containers/json\` takes without leaving the guest. */
export async function guestApiMs(berth: Berth): Promise<number> {
  const [answered, ns] = numbers(await inGuest(berth, apiScript), 2);
  if (answered !== requests) throw new Error(`The engine answered ${answered} of ${requests} requests.`);
  return ns / 1e6 / requests;
}

/** Milliseconds that \`docker save | docker load\` of an image takes without leaving the guest. */
export async function guestSaveLoadMs(berth: Berth, image: string): Promise<number> {
  const [ns] = numbers(await inGuest(berth, saveLoadScript, image), 1);
  return ns / 1e6;
}

async function inGuest(berth: Berth, script: string, ...args: string[]): Promise<string> {
  const finished = await berth.done(["ssh", "--", "sh", "-c", script, "sh", ...args], { timeoutMs: 600_000 });
  return finished.stdout;
}

function numbers(text: string, count: number): [number, number] {
  const found = z.array(z.coerce.number()).length(count).parse(text.trim().split(" "));
  return [found[0] ?? NaN, found[1] ?? NaN];
}
