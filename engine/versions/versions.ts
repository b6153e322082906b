import { randomBytes } from "node:crypto";
import type Docker from "dockerode";
import { z } from "zod";
import type { Activities } from "../activity/index.ts";
import type { Configuration, FileChanges, PortBinding, Version, VersionTree } from "../contract/index.ts";
import { parseReference, postJson, repositoryName } from "../docker/index.ts";
import { type ContainerDetails, identityOf, type Recreate, VERSION_LABEL } from "../recreate/index.ts";
import { BerthError } from "../vm.ts";
import { changesOf } from "./changes.ts";
import { demandFreeName, forkContainer, type Forked, type ForkOptions } from "./fork.ts";
import { VERSION_REPOSITORY, versionRepository, writeVersionLabel } from "./label.ts";
import { allVersions, ownBytes, type StoredVersion, versionsOf } from "./store.ts";

/** Changed files that a version remembers by name, and that are listed of a container. */
const LISTED_CHANGES = 200;
const MOST_CHANGES = 5_000;

export interface VersionsHost {
  docker: Docker;
  activities: Activities;
  recreate: Recreate;
  /** Gives every binding a host port that is free, or throws naming who holds it. */
  reservePorts: (ports: PortBinding[]) => Promise<PortBinding[]>;
}

interface SnapshotOptions {
  note: string;
  pause: boolean;
}

const committedAnswer = z.object({ Id: z.string() });

/** A container, what it was made of, and its versions. */
interface Subject {
  container: ContainerDetails;
  configuration: Configuration;
  versions: StoredVersion[];
}

/** Snapshots of containers: kept, looked at, gone back to, forked, promoted. */
export class Versions {
  readonly #host: VersionsHost;
  /** Snapshots one after the other, so that their numbers differ. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(host: VersionsHost) {
    this.#host = host;
  }

  async tree(id: string): Promise<VersionTree> {
    const { docker } = this.#host;
    const subject = await this.#subject(id);
    const { container, versions } = subject;
    const changes = await changesOf(docker, container, 0);
    return {
      container: { id: container.Id, name: container.Name, temporary: container.HostConfig.AutoRemove },
      versions: await this.#present(subject, versions),
      changes: { added: changes.added, modified: changes.modified, deleted: changes.deleted },
    };
  }

  /** Keeps a container's files and configuration, as an activity. */
  async snapshot(id: string, options: SnapshotOptions): Promise<Version> {
    const { container } = await this.#subject(id);
    const activity = { kind: "container.snapshot", title: `Snapshot ${container.Name}`, cancellable: false };
    const { done } = this.#host.activities.start(activity, () => this.#take(id, options));
    const made = await done;
    const subject = await this.#subject(id);
    const [version] = await this.#present(
      subject,
      subject.versions.filter((one) => one.id === made.id),
    );
    if (version === undefined) throw gone();
    return version;
  }

  async changes(id: string, version: string | undefined): Promise<FileChanges> {
    const { container, versions } = await this.#subject(id);
    if (version === undefined) return changesOf(this.#host.docker, container, MOST_CHANGES);
    return find(versions, version).label.changes;
  }

  /** Recreates a container from a version; its own configuration, volumes and name stay. */
  async revert(
    id: string,
    version: string,
    keepPresent: boolean,
  ): Promise<{ id: string; warnings: string[] }> {
    const { recreate, docker } = this.#host;
    const { container, configuration, versions } = await this.#subject(id);
    const { tag, label } = find(versions, version);
    if (keepPresent && !container.HostConfig.AutoRemove) {
      const { added, modified, deleted } = await changesOf(docker, container, 0);
      const note = `Before going back to version ${label.number}`;
      if (added + modified + deleted > 0) await this.snapshot(id, { note, pause: true });
    }
    const reverted = { ...configuration, image: tag };
    return recreate.apply(container.Id, reverted, { pull: false, waitSeconds: null });
  }

  /** Makes a container beside the original, as an activity; called off, nothing is left of it. */
  async fork(id: string, options: ForkOptions): Promise<Forked> {
    const { container, configuration, versions } = await this.#subject(id);
    await demandFreeName(this.#host.docker, options.name);
    const title = `Fork ${container.Name} as ${options.name}`;
    const activity = { kind: "container.fork", title, cancellable: true };
    return this.#host.activities.start(activity, async (report, signal) => {
      const tell = (detail: string) => report({ detail, progress: null });
      tell("Keeping the files");
      const { version } = options;
      const source =
        version === undefined
          ? await this.#take(id, { note: `For the fork ${options.name}`, pause: true })
          : find(versions, version);
      const original = version === undefined ? configuration : source.label.configuration;
      const template = { container, configuration: original, image: source.tag };
      return forkContainer(this.#host, template, options, tell, signal);
    }).done;
  }

  /** Gives a version a name as an image. */
  async promote(id: string, version: string, tag: string): Promise<void> {
    const { versions } = await this.#subject(id);
    const name = parseReference(tag);
    if (name.digest !== null || repositoryName(name).startsWith(`${VERSION_REPOSITORY}/`)) {
      throw new BerthError({
        code: "invalid_input",
        message: `${tag} cannot be given as a name.`,
        hint: "Give a name with a tag, for example mine:1.0.",
      });
    }
    const target = { repo: repositoryName(name), tag: name.tag ?? "latest" };
    await this.#host.docker.getImage(find(versions, version).id).tag(target);
  }

  /** Removes a version that nothing needs; throws `version_in_use` naming what does. */
  async remove(id: string, version: string): Promise<void> {
    const { docker } = this.#host;
    const { versions } = await this.#subject(id);
    const chosen = find(versions, version);
    const containers = (await this.#users()).get(chosen.id) ?? [];
    if (containers.length > 0) throw inUse(chosen, `${containers.join(", ")} runs from it`);
    const later = (await allVersions(docker)).filter(({ label }) => label.parent === chosen.id);
    if (later.length > 0) {
      const names = later.map(({ label }) => `version ${label.number} of ${label.name}`);
      throw inUse(chosen, `${names.join(", ")} builds on it`);
    }
    await docker.getImage(chosen.tag).remove();
  }

  async #subject(id: string): Promise<Subject> {
    const { docker, recreate } = this.#host;
    const { container, configuration } = await recreate.describe(id);
    const [all, listed] = await Promise.all([allVersions(docker), docker.listContainers({ all: true })]);
    const existing = new Set(listed.map(({ Id, Labels }) => identityOf({ Id, Config: { Labels } })));
    const owner = { identity: identityOf(container), name: container.Name };
    return { container, configuration, versions: versionsOf(all, owner, existing) };
  }

  async #present({ container, versions: all }: Subject, versions: StoredVersion[]): Promise<Version[]> {
    const users = await this.#users();
    const ids = new Set(all.map(({ id }) => id));
    return Promise.all(
      versions.map(async ({ id, otherTags, totalBytes, label }) => ({
        id,
        number: label.number,
        parent: label.parent !== null && ids.has(label.parent) ? label.parent : null,
        note: label.note,
        createdAt: label.createdAt,
        image: label.image,
        sizeBytes: await ownBytes(this.#host.docker, id),
        totalBytes,
        changes: {
          added: label.changes.added,
          modified: label.changes.modified,
          deleted: label.changes.deleted,
        },
        tags: otherTags,
        usedBy: users.get(id) ?? [],
        current: container.Image === id,
      })),
    );
  }

  /** Names of the containers by image id. */
  async #users(): Promise<Map<string, string[]>> {
    const users = new Map<string, string[]>();
    for (const { ImageID, Names, Id } of await this.#host.docker.listContainers({ all: true })) {
      users.set(ImageID, [...(users.get(ImageID) ?? []), (Names[0] ?? Id).replace(/^\//, "")]);
    }
    return users;
  }

  #take(id: string, options: SnapshotOptions): Promise<StoredVersion> {
    const taken = this.#turn.then(() => this.#commit(id, options));
    this.#turn = taken.catch(() => undefined);
    return taken;
  }

  async #commit(id: string, { note, pause }: SnapshotOptions): Promise<StoredVersion> {
    const { docker } = this.#host;
    const { container, configuration, versions } = await this.#subject(id);
    const all = await allVersions(docker);
    const parent = all.find((version) => version.id === container.Image);
    const number = Math.max(0, ...versions.map(({ label }) => label.number)) + 1;
    const label = {
      container: identityOf(container),
      name: container.Name,
      number,
      parent: parent?.id ?? null,
      note,
      createdAt: new Date().toISOString(),
      image: parent?.label.image ?? container.Config.Image,
      changes: await changesOf(docker, container, LISTED_CHANGES),
      configuration,
    };
    const ofApp = Object.keys(container.Config.Labels).filter((name) =>
      name.startsWith("com.docker.compose."),
    );
    const repository = versionRepository(container.Name);
    const taken = all.some(({ tag }) => tag === `${repository}:${number}`);
    const tag = taken ? `${number}-${randomBytes(3).toString("hex")}` : String(number);
    const labels = {
      // A container made of a version is no part of the app.
      ...Object.fromEntries(ofApp.map((name) => [name, ""])),
      [VERSION_LABEL]: writeVersionLabel(label),
    };
    const answer = await postJson(docker, {
      path: "/commit",
      query: { container: container.Id, repo: repository, tag, comment: note, pause: pause ? "1" : "0" },
      body: { Labels: labels },
    });
    const made = committedAnswer.parse(answer).Id;
    return { id: made, tag: `${repository}:${tag}`, otherTags: [], totalBytes: 0, label };
  }
}

function find(versions: readonly StoredVersion[], id: string): StoredVersion {
  const version = versions.find((one) => one.id === id);
  if (version === undefined) throw gone();
  return version;
}

function gone(): BerthError {
  return new BerthError({
    code: "not_found",
    message: "There is no such version of this container.",
    hint: "It may have been removed meanwhile.",
  });
}

function inUse({ label }: StoredVersion, by: string): BerthError {
  return new BerthError({
    code: "version_in_use",
    message: `Version ${label.number} of ${label.name} cannot be removed: ${by}.`,
    hint: "Remove that first.",
  });
}
