import type {
  Activity,
  App,
  ContainerSummary,
  ImageSummary,
  PortForward,
  PowerReport,
  ResourceSample,
  Settings,
  Status,
} from "../../engine/contract/index.ts";
import { follow } from "../connection/index.ts";
import { LiveList } from "./live-list.svelte.ts";

export const containers = new LiveList<ContainerSummary>((client, signal) =>
  client.containers.watch(undefined, { signal }),
);
export const apps = new LiveList<App>((client, signal) => client.apps.watch(undefined, { signal }));
export const images = new LiveList<ImageSummary>((client, signal) =>
  client.images.watch(undefined, { signal }),
);
export const activities = new LiveList<Activity>((client, signal) =>
  client.activity.watch(undefined, { signal }),
);

/** Five minutes of samples, one about every two seconds. */
const SAMPLES_KEPT = 150;

/** A sample together with what the VM's files occupied on the host at that time. */
export interface Sample extends ResourceSample {
  diskHostUsedBytes: number;
}

/** Everything of the engine that the whole window shares. */
class Model {
  status: Status | null = $state.raw(null);
  settings: Settings | null = $state.raw(null);
  power: PowerReport | null = $state.raw(null);
  forwards: readonly PortForward[] = $state.raw([]);
  samples: readonly Sample[] = $state.raw([]);
  private readonly running: boolean = $derived(this.status?.state === "running");

  get sample(): Sample | null {
    return this.running ? (this.samples.at(-1) ?? null) : null;
  }

  /** Call while the root component initialises. */
  start(): void {
    containers.start();
    apps.start();
    images.start();
    activities.start();
    follow<Status>({
      open: (client, signal) => client.vm.watch(undefined, { signal }),
      item: (status) => (this.status = status),
    });
    follow<Settings>({
      open: (client, signal) => client.settings.watch(undefined, { signal }),
      item: (settings) => (this.settings = settings),
    });
    follow<PowerReport>({
      open: (client, signal) => client.power.watch(undefined, { signal }),
      item: (power) => (this.power = power),
    });
    follow<PortForward[]>({
      open: (client, signal) => client.ports.watch(undefined, { signal }),
      item: (forwards) => (this.forwards = forwards),
    });
    follow<ResourceSample>({
      open: (client, signal) => (this.running ? client.vm.resources(undefined, { signal }) : null),
      begin: () => (this.samples = []),
      item: (sample) => {
        const diskHostUsedBytes = this.status?.disk.hostUsedBytes ?? 0;
        this.samples = [...this.samples.slice(1 - SAMPLES_KEPT), { ...sample, diskHostUsedBytes }];
      },
    });
  }
}

export const model = new Model();
