import type { Berth } from "../vm/cli/support/berth.ts";
import type { DockerApi } from "./docker-api.ts";
import { guestApiMs, guestSaveLoadMs } from "./guest.ts";
import { median } from "./numbers.ts";

const image = "bench/random";
const imageMiB = 64;
const apiCalls = 200;
const bulkRounds = 3;

/** A figure through the host's socket and the same inside the guest. */
export interface Pair {
  host: number;
  guest: number;
}

/** Milliseconds of one `GET /containers/json`, on a connection that stays open. */
export async function measureApi(berth: Berth, api: DockerApi, rounds: number): Promise<Pair> {
  const host: number[] = [];
  const guest: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    for (let call = 0; call < apiCalls; call += 1) host.push(await api.timeGet("/containers/json"));
    guest.push(await guestApiMs(berth));
  }
  return { host: median(host), guest: median(guest) };
}

/** MB/s of `docker save | docker load` of an image that does not compress. */
export async function measureSaveLoad(berth: Berth, api: DockerApi, rounds: number): Promise<Pair> {
  const script = `dd if=/dev/urandom of=/random bs=1M count=${imageMiB}`;
  await berth.docker(["run", "--name", "bench", "berth/welcome", "sh", "-c", script]);
  await berth.docker(["commit", "bench", image]);
  await berth.docker(["rm", "bench"]);
  const host: number[] = [];
  const guest: number[] = [];
  for (let round = 0; round < Math.min(rounds, bulkRounds); round += 1) {
    const { bytes, ms } = await api.saveIntoLoad(image);
    host.push(bytes / 1e3 / ms);
    guest.push(bytes / 1e3 / (await guestSaveLoadMs(berth, image)));
  }
  return { host: median(host), guest: median(guest) };
}
