import type { NetworkMember, NetworkSummary } from "../../../engine/contract/index.ts";
import { byText } from "../../formats/text-order.ts";

export const PICTURE = { row: 30, rail: 120, names: 220, head: 56, margin: 20 };

interface PictureRow {
  member: NetworkMember;
  /** Positions of the networks it is in. */
  rails: number[];
}

export interface NetworkPicture {
  networks: NetworkSummary[];
  rows: PictureRow[];
}

/**
 * Networks as rails from top to bottom, containers as rows: who has a stop on the same rail reaches each other. Those
 * without anybody are left out, and containers of the same networks stand together.
 */
export function pictureOf(networks: readonly NetworkSummary[]): NetworkPicture {
  const used = networks
    .filter(({ members }) => members.length > 0)
    .sort((a, b) => b.members.length - a.members.length || byText.compare(a.name, b.name));
  const rows = new Map<string, PictureRow>();
  for (const [rail, { members }] of used.entries()) {
    for (const member of members) {
      const row = rows.get(member.id) ?? { member, rails: [] };
      row.rails.push(rail);
      rows.set(member.id, row);
    }
  }
  const ordered = [...rows.values()].sort(
    (a, b) => a.rails.join().localeCompare(b.rails.join()) || byText.compare(a.member.name, b.member.name),
  );
  return { networks: used, rows: ordered };
}

/** The same in words. */
export function pictureWords({ networks }: NetworkPicture): string {
  return networks
    .map(({ name, members }) => `${name}: ${members.map((member) => member.name).join(", ")}`)
    .join(". ");
}
