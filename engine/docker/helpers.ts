/** Containers that Berth makes for itself, to reach the files of volumes; no list shows them or their image. */
export const VOLUME_HELPER = { label: "dev.berth.volume-helper", image: "berth/volume-helper:1" };
