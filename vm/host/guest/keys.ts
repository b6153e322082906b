import { chmod, readFile, rename } from "node:fs/promises";
import ssh2 from "ssh2";
import { createFileAtomically } from "../files/atomic-file.ts";
import { BerthError, systemCode } from "../errors.ts";
import type { MachinePaths } from "../paths.ts";
import type { Logger } from "../types.ts";
import { newEd25519Key } from "./openssh-key.ts";

/** The two key pairs of an install: ours to log in with, and the guest's that we pin. */
export interface MachineKeys {
  /** OpenSSH private key of the client. */
  clientPrivateKey: string;
  /** One line for authorized_keys. */
  clientPublicKey: string;
  /** OpenSSH private key handed to the guest's sshd. */
  hostPrivateKey: string;
  /** Public host key as it appears on the wire, compared byte by byte. */
  hostPublicBlob: Buffer;
}

/**
 * Reads the keys of the home, creating what lacks. With `repair`, a damaged key is kept aside under
 * another name and a new one made; that is right only while no guest knows the old one. Without it a
 * damaged key throws `key_damaged`.
 */
export async function ensureKeys(
  paths: MachinePaths,
  logger: Logger,
  options: { repair: boolean },
): Promise<MachineKeys> {
  const client = await ensureKey(paths.clientKey, "berth", logger, options.repair);
  const host = await ensureKey(paths.hostKey, "berth-guest", logger, options.repair);
  return {
    clientPrivateKey: client.privateKey,
    clientPublicKey: client.publicKey,
    hostPrivateKey: host.privateKey,
    hostPublicBlob: host.publicBlob,
  };
}

interface Ed25519Key {
  privateKey: string;
  publicKey: string;
  publicBlob: Buffer;
}

async function ensureKey(
  file: string,
  comment: string,
  logger: Logger,
  repair: boolean,
): Promise<Ed25519Key> {
  // Two rounds: a file that another process creates between our look and our creation is simply read.
  for (let attempt = 0; attempt < 3; attempt++) {
    const text = await readIfThere(file);
    if (text === null) {
      await createFileAtomically(file, newEd25519Key(comment));
      continue;
    }
    const key = parseKey(text);
    if (key !== null) {
      await chmod(file, 0o600);
      return key;
    }
    if (!repair) throw damagedKey(file);
    const aside = `${file}.damaged-${Date.now()}`;
    await rename(file, aside);
    logger.warn("A key was damaged and has been replaced", { file, keptAs: aside });
  }
  throw damagedKey(file);
}

async function readIfThere(file: string): Promise<string | null> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (systemCode(error) === "ENOENT") return null;
    throw error;
  }
}

function parseKey(text: string): Ed25519Key | null {
  const parsed = ssh2.utils.parseKey(text);
  if (parsed instanceof Error || parsed.type !== "ssh-ed25519" || !parsed.isPrivateKey()) return null;
  const publicBlob = parsed.getPublicSSH();
  return {
    privateKey: text,
    publicKey: `ssh-ed25519 ${publicBlob.toString("base64")} ${parsed.comment}`.trimEnd(),
    publicBlob,
  };
}

function damagedKey(file: string): BerthError {
  return new BerthError({
    code: "key_damaged",
    message: `The key file ${file} is damaged, so the running VM cannot be reached with it.`,
    hint: "Run `berth stop --force` and `berth start`: a new key is made at the next start. Your data is not touched.",
  });
}
